"""The star that the measures are counted in: tables, how they hang together, and days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from groundwork.bi.definitions import Definitions, Measure, Metric, Table
from groundwork.bi.expressions import parsed
from groundwork.bi.powerbi.dax import column, row_value
from groundwork.project import GroundworkError

DAYS = "time_spine"
DAY = "date_day"
# What is good to have beside the measures, and filters none of them.
ALONE = ("metric_catalog", "metric_status")


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
    """Tables in their order, links, and the columns that measures need computed.

    computed: DAX of a column by table and name
    shown: table and name of the columns that are dimensions of metrics
    facts: names of the tables that measures count rows of
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
        raise GroundworkError(
            f"'{fact}' is not counted by '{time_column}' in any metric; mend agg_time_dimension"
        )


def star_of(definitions: Definitions) -> Star:
    """Return the star that all metrics are counted in."""
    pairs = [(metric, measure) for metric in definitions.metrics for measure in metric.measures]
    joins = _joins([measure for _, measure in pairs])
    to = {link.to for link in joins}
    dates = Counter(dated for _, measure in pairs for dated in _dated(measure))
    facts = {fact for fact, _ in dates}
    names = dict.fromkeys([DAYS, *sorted(facts), *sorted(to), *ALONE])
    return Star(
        tables=tuple(definitions.table(name) for name in names),
        links=(*joins, *_date_links(dates, to)),
        computed=_computed(pairs),
        shown=frozenset(
            (dimension.model, dimension.column)
            for _, measure in pairs
            for dimension in measure.dimensions
        ),
        facts=frozenset(facts),
    )


def counted_column(measure: Measure) -> str:
    """Return the column that has what is counted distinct, where that is computed."""
    return f"_{measure.name}"


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


def _joins(measures: list[Measure]) -> list[Link]:
    """Return the links of facts to the tables of their dimensions."""
    found = set()
    for measure in measures:
        for dimension in measure.dimensions:
            model, key = dimension.model, dimension.key
            found.add((measure.fact, dimension.fact_key, model, key))
            if measure.conversion and dimension.entity == measure.conversion.entity:
                found.add((measure.conversion.fact, measure.conversion.key, model, key))
    return [Link(*ends, True) for ends in sorted(found) if ends[0] != ends[2]]


def _date_links(dates: Counter[tuple[str, str]], dimensions: set[str]) -> list[Link]:
    """Return the links to the days: one active for a fact, none for what filters facts itself."""
    links = []
    for fact, name in sorted(dates):
        usual = max((count, other) for (owner, other), count in dates.items() if owner == fact)[1]
        links.append(Link(fact, name, DAYS, DAY, name == usual and fact not in dimensions))
    return links


def _computed(pairs: list[tuple[Metric, Measure]]) -> dict[tuple[str, str], str]:
    """Return columns for whole periods, for dimensions with SQL, and for what is counted."""
    computed = {(DAYS, name): dax for name, dax in whole_columns().items()}

    def add(metric: str, table: str, name: str, sql: str) -> None:
        value = row_value(metric, parsed(metric, sql), lambda of: column(table, of))
        computed[table, name] = value

    for metric, measure in pairs:
        for dimension in measure.dimensions:
            if dimension.is_computed:
                add(metric.name, dimension.model, dimension.name, dimension.expression)
        if _needs_column(measure):
            add(metric.name, measure.fact, counted_column(measure), measure.expression)
    return computed


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
