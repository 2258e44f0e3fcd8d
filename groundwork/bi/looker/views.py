"""The views: a table each, and one with measures for each date that a fact's metrics go by."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.bi.definitions import Column, Definitions, Dimension, Metric, Table
from groundwork.bi.expressions import dimension_of
from groundwork.bi.governed import governed_value
from groundwork.bi.looker.lookml import Block
from groundwork.bi.looker.sql import metric_sql, row_sql, type_of
from groundwork.bi.wording import description_of, kind_of

FORMATS = {"share": "0.0%", "money": "#,##0.00", "decimal": "#,##0.0", "whole": "#,##0"}
TIMEFRAMES = ("raw", "date", "week", "month", "quarter", "year")
NUMBERS = ("bigint", "int", "integer", "double", "float", "decimal")
GOVERNED = "metric_values"


@dataclass(frozen=True)
class Place:
    """Where metrics are counted over rows: a fact, by one of its dates."""

    fact: str
    time_column: str

    @property
    def name(self) -> str:
        """The name of its view and explore: `fct_orders_by_ordered_date`."""
        return f"{self.fact}_by_{self.time_column}"


def place_of(metric: Metric) -> Place | None:
    """Return where a metric can be counted over rows; None where only published values are right.

    So it is across facts or dates, over windows, and for conversions.
    """
    places = {Place(measure.fact, measure.time_column) for measure in metric.measures}
    has_window = any(measure.window_days or measure.conversion for measure in metric.measures)
    return None if has_window or len(places) != 1 else places.pop()


def table_view(
    table: Table, dated: set[str], dimensions: list[Dimension], key: str | None
) -> Block:
    """Return a table's view: its columns as dimensions, and no measures.

    dated: the dates that metrics go by, hidden because `periods` has them
    key: the column that no two rows share, where that is known
    """
    fields = [_field(column, dated, key) for column in table.columns]
    for dimension in dimensions:
        if dimension.is_computed:
            sql = f"({dimension.expression})"
            fields.append(Block("dimension", dimension.name, {"type": "string", "sql": sql}))
    return Block("view", table.name, {"sql_table_name": _table_name(table)}, tuple(fields))


def measures_view(place: Place, metrics: list[Metric]) -> Block:
    """Return the view of a fact by one date: the fact's columns, and the metrics that go by it."""
    shown: list[Block] = []
    parts: dict[str, Block] = {}
    for metric in metrics:
        names = {measure.name: f"part_{measure.name}" for measure in metric.measures}
        if len(metric.measures) == 1 and "/" not in metric.expression:
            measure = metric.measures[0]
            kind, sql = type_of(metric, measure), _row_sql(metric, 0)
        else:
            kind, sql = "number", metric_sql(metric, names)
            for index, measure in enumerate(metric.measures):
                hidden = {"hidden": True, "type": type_of(metric, measure)}
                sql_of_row = _row_sql(metric, index)
                name = names[measure.name]
                parts[name] = Block("measure", name, {**hidden, "sql": sql_of_row})
        shown.append(_measure(metric, kind, sql))
    extends = {"extends": (place.fact,)}
    return Block("view", place.name, extends, (*shown, *parts.values()))


def periods_view(spine: Table) -> Block:
    """Return the days with their weeks and months, and whether the data cover those."""
    first, last = "MIN(date_day) OVER ()", "MAX(date_day) OVER ()"
    sql = (
        "SELECT date_day, date_week, date_month, "
        f"date_week >= {first} AND date_week + INTERVAL 6 DAY <= {last} AS is_whole_week, "
        f"date_month >= {first} AND LAST_DAY(date_month) <= {last} AS is_whole_month "
        f"FROM {_table_name(spine)}"
    )
    dates = [
        Block(
            "dimension",
            name,
            {
                "type": "date",
                "datatype": "date",
                "convert_tz": False,
                "description": f"The {name} of the date that the metric goes by; whole ones only.",
                "sql": f"${{TABLE}}.date_{name}",
            },
        )
        for name in ("day", "week", "month")
    ]
    whole = [
        Block(
            "dimension",
            f"is_whole_{name}",
            {"hidden": True, "type": "yesno", "sql": f"${{TABLE}}.is_whole_{name}"},
        )
        for name in ("week", "month")
    ]
    key = {"primary_key": True, "hidden": True, "type": "string", "sql": "${TABLE}.date_day"}
    derived = Block("derived_table", "", {"sql": sql})
    fields = (Block("dimension", "date_day", key), *dates, *whole)
    return Block("view", "periods", {}, (derived, *fields))


def governed_view(table: Table, metrics: list[Metric]) -> Block:
    """Return the published values: metrics that no single fact can give, and refuse wrong sums."""
    fields = [_field(column, set(), None) for column in table.columns if column.kind not in NUMBERS]
    measures = [
        _measure(metric, "number", governed_value(metric, "${TABLE}.")) for metric in metrics
    ]
    parameters = {"sql_table_name": _table_name(table)}
    return Block("view", table.name, parameters, (*fields, *measures))


def dimensions_of(definitions: Definitions) -> dict[str, list[Dimension]]:
    """Return the dimensions that metrics have, by the table of their column."""
    found: dict[str, dict[str, Dimension]] = {}
    for metric in definitions.metrics:
        for measure in metric.measures:
            for dimension in measure.dimensions:
                found.setdefault(dimension.model, {})[dimension.name] = dimension
    return {model: list(dimensions.values()) for model, dimensions in found.items()}


def group_of(date: str) -> str:
    """Return the dimension group of a date: `ordered`, to which Looker adds `_date` or `_week`."""
    return date.removesuffix("_date")


def _row_sql(metric: Metric, index: int) -> str:
    measure = metric.measures[index]

    def field(name: str) -> str:
        dimension = dimension_of(metric, measure, name)
        prefix = "" if dimension.model == measure.fact else f"{dimension.model}."
        return f"${{{prefix}{dimension.column}}}"

    return row_sql(metric, measure, field)


def _measure(metric: Metric, kind: str, sql: str) -> Block:
    certified = ("certified",) if metric.status == "active" else ()
    tags = (*certified, f"tier {metric.tier}", metric.owner, metric.additivity)
    return Block(
        "measure",
        metric.name,
        {
            "label": metric.label,
            "group_label": metric.owner.partition("@")[0],
            "description": description_of(metric),
            "type": kind,
            "value_format": FORMATS[kind_of(metric)],
            "tags": (*tags, f"version {metric.version}"),
            "sql": sql,
        },
    )


def _field(column: Column, dated: set[str], key: str | None) -> Block:
    name, kind = column.name, column.kind
    is_key = name == key or name.endswith(("_id", "_key"))
    common = {
        "primary_key": True if name == key else None,
        "hidden": True if is_key or name in dated else None,
        "description": column.description,
    }
    sql = f"${{TABLE}}.{name}"
    if column.is_time:
        group = group_of(name) if kind == "date" else name
        parameters = {
            "type": "time",
            "datatype": "date" if kind == "date" else "datetime",
            "timeframes": TIMEFRAMES,
            "convert_tz": False,
        }
        return Block("dimension_group", group, {**common, **parameters, "sql": sql})
    word = "yesno" if kind == "boolean" else "number" if kind in NUMBERS else "string"
    return Block("dimension", name, {**common, "type": word, "sql": sql})


def _table_name(table: Table) -> str:
    return f"@{{catalog}}{table.schema}.{table.name}"
