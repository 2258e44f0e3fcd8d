"""Tables of the model: columns, none of which is ever summed by itself, and rows from Parquet."""

from __future__ import annotations

from groundwork.bi.definitions import Table
from groundwork.bi.powerbi.star import ALONE, DAY, DAYS, Star, whole_columns
from groundwork.bi.powerbi.tmdl import Block, quoted, tag

# Power BI's word for a type of dbt's; decimals stay decimals.
TYPES = {
    "string": "string",
    "boolean": "boolean",
    "bigint": "int64",
    "int": "int64",
    "integer": "int64",
    "double": "double",
    "float": "double",
    "date": "dateTime",
    "timestamp": "dateTime",
}


def relationships(star: Star) -> list[Block]:
    """Return the links of the model."""
    return [
        Block(
            "relationship",
            tag("relationship", link.table, link.column, link.to),
            properties={
                "isActive": None if link.is_active else "false",
                "fromColumn": f"{quoted(link.table)}.{quoted(link.column)}",
                "toColumn": f"{quoted(link.to)}.{quoted(link.to_column)}",
            },
        )
        for link in star.links
    ]


def table_block(star: Star, table: Table, measures: tuple[Block, ...] = ()) -> Block:
    """Return a table with its columns, its rows from Parquet, and measures where it has some."""
    linked = {(x.table, x.column) for x in star.links} | {(x.to, x.to_column) for x in star.links}
    columns = [
        _column(
            table.name,
            known.name,
            TYPES.get(known.kind, "decimal"),
            known.description,
            hidden=_is_hidden(star, table.name, known.name, linked),
            is_key=_is_day(table, known.name),
        )
        for known in table.columns
    ]
    columns.extend(
        _computed(star, table.name, name, dax)
        for (owner, name), dax in sorted(star.computed.items())
        if owner == table.name
    )
    return Block(
        "table",
        table.name,
        description=table.description,
        properties={
            "dataCategory": "Time" if table.name == DAYS else None,
            "lineageTag": tag("table", table.name),
        },
        children=(*measures, *columns, _partition(table)),
    )


def _column(
    table: str, name: str, kind: str, description: str, *, hidden: bool, is_key: bool
) -> Block:
    return Block(
        "column",
        name,
        description=description,
        properties={
            "dataType": kind,
            "isHidden": hidden or None,
            "isKey": is_key or None,
            "formatString": "yyyy-mm-dd"
            if name.startswith("date_") or name.endswith("_date")
            else None,
            "lineageTag": tag("column", table, name),
            "summarizeBy": "none",
            "sourceColumn": name,
        },
    )


def _computed(star: Star, table: str, name: str, dax: str) -> Block:
    is_text = name not in whole_columns()
    return Block(
        "column",
        name,
        dax,
        "Worked out from other columns of the row.",
        {
            "dataType": None if is_text else "boolean",
            "isHidden": True if name.startswith("_") else None,
            "lineageTag": tag("column", table, name),
            "summarizeBy": "none",
        },
    )


def _partition(table: Table) -> Block:
    path = f"\\{table.schema}\\{table.name}.parquet"
    source = "\n".join(
        [
            "let",
            f'    Source = Parquet.Document(File.Contents(ParquetFolder & "{path}"))',
            "in",
            "    Source",
        ]
    )
    return Block("partition", table.name, "m", properties={"mode": "import", "source": source})


def _is_hidden(star: Star, table: str, name: str, linked: set[tuple[str, str]]) -> bool:
    if table == DAYS or table in ALONE or (table, name) in star.shown:
        return False
    is_key = (table, name) in linked or name.endswith(("_id", "_key"))
    return table in star.facts or is_key


def _is_day(table: Table, name: str) -> bool:
    return (table.name, name) == (DAYS, DAY)
