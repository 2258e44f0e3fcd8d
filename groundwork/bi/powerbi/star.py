"""The star that the measures are counted in: tables, how they hang together, and days."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.bi.definitions import Definitions, Dimension, Measure, Table
from groundwork.bi.expressions import parsed
from groundwork.bi.powerbi.dax import column, row_value
from groundwork.bi.powerbi.tmdl import Block, quoted, tag
from groundwork.project import GroundworkError

DAYS = "time_spine"
DAY = "date_day"
# What is good to have beside the measures, and filters none of them.
ALONE = ("metric_catalog", "metric_status")
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


@dataclass(frozen=True)
class Link:
    """A relationship, many rows of `table` to one of `to`."""

    table: str
    column: str
    to: str
    to_column: str
    is_active: bool


@dataclass(frozen=True)
class Star:
    """Tables by name in their order, links, and the columns that measures need computed.

    computed: DAX of a hidden column by table and name
    shown: names of the columns of a fact that reports group by
    """

    tables: tuple[Table, ...]
    links: tuple[Link, ...]
    computed: dict[tuple[str, str], str]
    shown: frozenset[tuple[str, str]]
    facts: frozenset[str]

    def uses(self, fact: str, time_column: str) -> list[str]:
        """Return the argument that counts rows by this date, where they are not by default."""
        for link in self.links:
            if (link.table, link.column, link.to) == (fact, time_column, DAYS):
                ends = f"{column(fact, time_column)}, {column(DAYS, DAY)}"
                return [] if link.is_active else [f"USERELATIONSHIP({ends})"]
        raise GroundworkError(f"'{fact}' has no date '{time_column}'; mend agg_time_dimension")

    def column_of(self, dimension: Dimension) -> str:
        """Return the column that has a dimension."""
        plain = dimension.expression.isidentifier()
        return dimension.expression if plain else dimension.name

    def counted_column(self, measure: Measure) -> str:
        """Return the column that has what is counted distinct, where that is computed."""
        return counted_name(measure)


def counted_name(measure: Measure) -> str:
    """Return the name of the column of what a measure counts."""
    return f"_{measure.name}"


def star_of(definitions: Definitions) -> Star:
    """Return the star that all metrics are counted in."""
    dates: dict[str, dict[str, int]] = {}
    joins: dict[tuple[str, str, str], str] = {}
    computed: dict[tuple[str, str], str] = {}
    shown = set()
    for metric in definitions.metrics:
        for measure in metric.measures:
            dated = _dated(measure)
            for fact, time_column in dated:
                times = dates.setdefault(fact, {})
                times[time_column] = times.get(time_column, 0) + 1
            for dimension in measure.dimensions:
                shown.add((dimension.model, dimension.expression))
                if dimension.model not in (measure.fact, measure.conversion and None):
                    joins[measure.fact, dimension.fact_key, dimension.model] = dimension.key
                if not dimension.expression.isidentifier():
                    tree = parsed(metric.name, dimension.expression)
                    computed[dimension.model, dimension.name] = row_value(
                        metric.name, tree, _resolver(dimension.model)
                    )
            if measure.conversion and measure.conversion.fact != measure.fact:
                for dimension in measure.dimensions:
                    if dimension.entity == measure.conversion.entity:
                        ends = (measure.conversion.fact, measure.conversion.key, dimension.model)
                        joins[ends] = dimension.key
            if _needs_column(measure):
                tree = parsed(metric.name, measure.expression)
                computed[measure.fact, counted_name(measure)] = row_value(
                    metric.name, tree, _resolver(measure.fact)
                )
    links = [
        Link(table, name, to, key, True)
        for (table, name, to), key in sorted(joins.items())
        if table != to
    ]
    dimensions = {link.to for link in links}
    for fact, times in sorted(dates.items()):
        # the one that most measures go by; a table that filters facts would filter them twice
        usual = max(times, key=lambda name: (times[name], name))
        for name in sorted(times):
            links.append(Link(fact, name, DAYS, DAY, name == usual and fact not in dimensions))
    for name, dax in whole_columns().items():
        computed[DAYS, name] = dax
    names = dict.fromkeys([DAYS, *sorted(dates), *sorted(dimensions), *ALONE])
    return Star(
        tables=tuple(definitions.table(name) for name in names),
        links=tuple(links),
        computed=computed,
        shown=frozenset(shown),
        facts=frozenset(dates),
    )


def whole_column(name: str) -> str:
    """Return the column that says whether the period of `date_week` or `date_month` is whole."""
    return f"is_whole_{name.removeprefix('date_')}"


def whole_columns() -> dict[str, str]:
    """Return the DAX of the columns of days: whether the data cover the week, and the month."""
    first, last = f"MIN({column(DAYS, DAY)})", f"MAX({column(DAYS, DAY)})"
    week, month = column(DAYS, "date_week"), column(DAYS, "date_month")
    return {
        whole_column("date_week"): f"{week} >= {first} && {week} + 6 <= {last}",
        whole_column("date_month"): f"{month} >= {first} && EOMONTH({month}, 0) <= {last}",
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
            TYPES.get(known.type.lower(), "decimal"),
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
    if table == DAYS or table in ALONE:
        return False
    if table in star.facts:
        return (table, name) not in star.shown
    return (table, name) in linked or (
        name.endswith(("_id", "_key")) and (table, name) not in star.shown
    )


def _is_day(table: Table, name: str) -> bool:
    return (table.name, name) == (DAYS, DAY)


def _dated(measure: Measure) -> list[tuple[str, str]]:
    conversion = measure.conversion
    if not conversion:
        return [(measure.fact, measure.time_column)]
    followed = [(conversion.fact, conversion.time_column)]
    return (
        followed
        if measure.name.endswith("__converted")
        else [(measure.fact, measure.time_column), *followed]
    )


def _needs_column(measure: Measure) -> bool:
    is_computed = not measure.expression.isidentifier()
    is_converted = measure.conversion is not None and measure.name.endswith("__converted")
    return measure.aggregation == "count_distinct" and is_computed and not is_converted


def _resolver(table: str):
    return lambda name: column(table, name)
