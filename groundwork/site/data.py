"""What the page of metrics shows, read from a published database.

The page carries its data, so it carries a selection of `metric_values`: total values by day, week
and month, and by week and month those of each dimension's largest values. Older periods, smaller
values and further digits stay in the database; the page says so where it leaves them out.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from duckdb import DuckDBPyConnection

from groundwork.project import GroundworkError, quoted, rows_by_name

# The last periods that fit on a chart: 13 months, 3 years, 5 years.
KEPT_PERIODS = {"day": 400, "week": 160, "month": 60}
TOTAL = "total"
# More panels than these cannot be compared at a glance.
TOP_VALUES = 8
# No chart and no text of the page shows more.
SIGNIFICANT_DIGITS = 6
MONEY_DECIMALS = 2
REQUIRED_TABLES = ("metrics.metric_catalog", "metrics.metric_status", "metrics.metric_values")
PUBLICATION_TABLE = "main.publication"

# Every row of the table has the same facts.
PUBLICATION = f"select publication_id, published_at, code_version from {PUBLICATION_TABLE} limit 1"
LAST_DAY = "select max(last_day) as last_day from metrics.metric_catalog"

METRICS = """
    select
        catalog.metric_name,
        coalesce(catalog.label, catalog.metric_name) as label,
        catalog.description,
        catalog.formula,
        catalog.unit,
        catalog.grain,
        catalog.additivity,
        catalog.owner,
        catalog.tier,
        catalog.status,
        catalog.replaced_by,
        catalog.removed_on,
        catalog.version,
        catalog.changelog,
        catalog.direction,
        catalog.target,
        catalog.alert_low,
        catalog.alert_high,
        catalog.decision,
        catalog.action,
        catalog.models,
        catalog.raw_tables,
        catalog.last_day,
        catalog.days_behind,
        catalog.freshness_sla_days,
        catalog.is_accessible,
        catalog.is_actionable,
        catalog.is_auditable,
        catalog.check_count,
        catalog.passed_check_count,
        status.period_start,
        status.metric_value,
        status.previous_value,
        status.year_ago_value,
        status.is_on_target,
        status.alert_status,
        status.trend,
        status.is_anomaly
    from metrics.metric_catalog as catalog
    left join metrics.metric_status as status on catalog.metric_name = status.metric_name
    order by
        catalog.tier nulls last,
        lower(coalesce(catalog.label, catalog.metric_name)),
        catalog.metric_name
"""

PERIODS = """
    select
        grain,
        cast(unnest(
            generate_series(
                min(period_start),
                max(period_start),
                case grain
                    when 'day' then interval 1 day
                    when 'week' then interval 7 days
                    else interval 1 month
                end
            )
        ) as date) as period_start
    from metrics.metric_values
    where grain in ('day', 'week', 'month')
    group by grain
    order by all
"""

# The rows of a metric's largest dimension values, largest first. A ratio's value says nothing about
# its size: its denominator does.
VALUES = f"""
    with sizes as (
        select
            metric_name,
            dimension_name,
            dimension_value,
            sum(abs(coalesce(denominator, metric_value))) as size
        from metrics.metric_values
        where grain = 'month'
        group by all
    ),

    ranked as (
        select
            *,
            count(*) over (partition by metric_name, dimension_name) as value_count,
            row_number() over (
                partition by metric_name, dimension_name
                order by size desc nulls last, dimension_value
            ) as size_rank
        from sizes
    )

    select
        metric_name,
        dimension_name,
        ranked.value_count,
        dimension_value,
        grain,
        period_start,
        metric_value,
        is_complete_period
    from metrics.metric_values
    inner join ranked using (metric_name, dimension_name, dimension_value)
    where size_rank <= {TOP_VALUES} and (grain != 'day' or dimension_name = '{TOTAL}')
    order by metric_name, dimension_name, size_rank, grain, period_start
"""


class Line(TypedDict):
    """Values of consecutive periods; `start` is the place of the first among the page's periods."""

    start: int
    values: list[float | None]


class DimensionValue(TypedDict):
    """One value of a dimension with its lines by grain."""

    name: str
    lines: dict[str, Line]


class Split(TypedDict):
    """A metric by one dimension: the largest values, and how many there are in all."""

    dimension: str
    value_count: int
    values: list[DimensionValue]


class Head(TypedDict):
    """What every page says of its data.

    publication: columns as in PUBLICATION; None for a database that was not published
    last_day: the last complete day of the data; None without data
    """

    project: str
    database: str
    publication: dict[str, Any] | None
    last_day: str | None


class Page(Head):
    """Everything on the page of metrics.

    periods: by grain, the start of every period that a line can have
    metrics: catalogue and status of each metric (columns as in METRICS) with the `lines` of its
        total and the places of its `unfinished` periods, both by grain, its `splits` and, where it
        has no values, `why_empty`
    """

    periods: dict[str, list[str]]
    metrics: list[dict[str, Any]]


def read_page(
    connection: DuckDBPyConnection, project_name: str, database_name: str, absent: list[str]
) -> Page:
    """Read the page's data from the connection's default database.

    absent: sources and tables of the raw contract that are declared absent; for explanations only.
    """
    tables = tables_of(connection)
    if missing := [name for name in REQUIRED_TABLES if name not in tables]:
        raise GroundworkError(
            f"{database_name} has no table {missing[0]}, so there is nothing to show; "
            "publish first: groundwork build"
        )
    metrics = rows_of(connection, METRICS)
    periods = _read_periods(connection)
    drawn = _read_lines(connection, periods)
    for metric in metrics:
        metric.update(drawn.get(metric["metric_name"], _nothing_drawn()))
        if not metric["lines"]:
            metric["why_empty"] = _why_empty(connection, tables, metric, absent)
    return {
        **read_head(connection, project_name, database_name),
        "periods": periods,
        "metrics": metrics,
    }


def read_head(connection: DuckDBPyConnection, project_name: str, database_name: str) -> Head:
    """Read what every page says of its data."""
    publication = None
    if PUBLICATION_TABLE in tables_of(connection):
        publication = next(iter(rows_of(connection, PUBLICATION)), None)
    return {
        "project": project_name,
        "database": database_name,
        "publication": publication,
        "last_day": rows_of(connection, LAST_DAY)[0]["last_day"],
    }


def tables_of(connection: DuckDBPyConnection) -> set[str]:
    """Return the tables of the default database as schema.name."""
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = current_database()"
    ).fetchall()
    return {name for (name,) in rows}


def has_tables(connection: DuckDBPyConnection, tables: tuple[str, ...], database_name: str) -> bool:
    """Return whether a page finds its tables, which share a schema; refuse a part of them."""
    schema = tables[0].partition(".")[0]
    there = {name for name in tables_of(connection) if name.startswith(f"{schema}.")}
    if there and (missing := [name for name in tables if name not in there]):
        raise GroundworkError(
            f"{database_name} has no table {missing[0]}, as this version of groundwork wants; "
            "build and publish again: groundwork build"
        )
    return bool(there)


def rows_of(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return rows as JSON can hold them."""
    rows = rows_by_name(connection, query)
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read_periods(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    periods: dict[str, list[str]] = {grain: [] for grain in KEPT_PERIODS}
    for grain, start in connection.execute(PERIODS).fetchall():
        periods[grain].append(start.isoformat())
    return {grain: starts[-KEPT_PERIODS[grain] :] for grain, starts in periods.items()}


class Drawn(TypedDict):
    """What is drawn of a metric; see Page."""

    lines: dict[str, Line]
    unfinished: dict[str, list[int]]
    splits: list[Split]


def _nothing_drawn() -> Drawn:
    return {"lines": {}, "unfinished": {grain: [] for grain in KEPT_PERIODS}, "splits": []}


def _read_lines(connection: DuckDBPyConnection, periods: dict[str, list[str]]) -> dict[str, Drawn]:
    """Return by metric what is drawn of it."""
    places = {
        grain: {start: place for place, start in enumerate(starts)}
        for grain, starts in periods.items()
    }
    drawn: dict[str, Drawn] = {}
    rows = connection.execute(VALUES).fetchall()
    for metric, dimension, value_count, name, grain, start, value, is_complete in rows:
        place = places.get(grain, {}).get(start.isoformat())
        if place is None:
            continue
        of_metric = drawn.setdefault(metric, _nothing_drawn())
        if dimension == TOTAL:
            lines = of_metric["lines"]
            if not is_complete:
                of_metric["unfinished"][grain].append(place)
        else:
            lines = _lines_of(of_metric["splits"], dimension, value_count, name)
        line = lines.setdefault(grain, {"start": place, "values": []})
        gap = place - line["start"] - len(line["values"])
        line["values"] += [None] * gap
        line["values"].append(shortened(value))
    return drawn


def _lines_of(splits: list[Split], dimension: str, value_count: int, name: str) -> dict[str, Line]:
    """Return the lines of a dimension's value, which the sorted rows reach in one stretch."""
    if not splits or splits[-1]["dimension"] != dimension:
        splits.append({"dimension": dimension, "value_count": value_count, "values": []})
    values = splits[-1]["values"]
    if not values or values[-1]["name"] != name:
        values.append({"name": name, "lines": {}})
    return values[-1]["lines"]


def shortened(value: float | None) -> float | int | None:
    """Round to what the page shows: six significant digits, and cents where they are more."""
    if value is None or not math.isfinite(value):
        return None
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    rounded = round(value, max(MONEY_DECIMALS, SIGNIFICANT_DIGITS - 1 - magnitude))
    return int(rounded) if rounded.is_integer() else rounded


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Round every number to the digits that the page shows, however small it is."""
    return {name: _significant(value) for name, value in row.items()}


def _significant(value: Any) -> Any:
    if not isinstance(value, float) or value == 0:
        return value
    magnitude = math.floor(math.log10(abs(value)))
    significant = round(value, SIGNIFICANT_DIGITS - 1 - magnitude)
    return int(significant) if significant.is_integer() else significant


def add_to_line(
    lines: list[dict[str, Any]], row: dict[str, Any], constants: tuple[str, ...]
) -> None:
    """Add a row to its line, which the sorted rows reach in one stretch.

    constants: columns that a line has once; the others become lists.
    """
    line = {name: row[name] for name in constants}
    varying = {name: value for name, value in row.items() if name not in constants}
    if not lines or line != {name: lines[-1][name] for name in constants}:
        lines.append({**line, **{name: [] for name in varying}})
    for name, value in varying.items():
        lines[-1][name].append(value)


def _why_empty(
    connection: DuckDBPyConnection, tables: set[str], metric: dict[str, Any], absent: list[str]
) -> str:
    """Say in a sentence why a metric has no values."""
    models = (metric["models"] or "").split(", ")
    empty = [
        model
        for model in models
        for table in sorted(tables)
        if table.rpartition(".")[2] == model and _is_empty(connection, table)
    ]
    raw_tables = (metric["raw_tables"] or "").split(", ")
    declared = [name for name in raw_tables if {name, name.partition(".")[0]} & set(absent)]
    if metric["last_day"]:
        reason = f"its last values, of {metric['last_day']}, are older than the periods shown"
    elif declared:
        reason = f"declared absent in this project: {', '.join(declared)}"
    elif empty:
        reason = (
            f"{', '.join(empty)} has no rows; the raw tables behind it "
            f"({', '.join(raw_tables)}) are absent, or no row of theirs was accepted"
        )
    else:
        reason = "no row of the data counts towards it"
    return f"No values: {reason}."


def _is_empty(connection: DuckDBPyConnection, table: str) -> bool:
    schema, _, name = table.partition(".")
    query = f"select 1 from {quoted(schema)}.{quoted(name)} limit 1"
    return not connection.execute(query).fetchall()
