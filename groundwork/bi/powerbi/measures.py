"""A measure in DAX for every metric, and the hidden ones that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from groundwork.bi.definitions import Definitions, Measure, Metric
from groundwork.bi.expressions import (
    conditions,
    dimension_of,
    parsed,
    refusal,
    unknown_aggregation,
)
from groundwork.bi.powerbi.dax import (
    TOOL,
    column,
    condition,
    measure_value,
    row_value,
)
from groundwork.bi.powerbi.star import DAY, DAYS, Star, counted_column, whole_column
from groundwork.bi.powerbi.tmdl import Block, annotation, tag
from groundwork.bi.wording import description_of, kind_of
from groundwork.project import GroundworkError

# Where all measures are: beside the rows that say what they mean.
HOME = "metric_catalog"
FORMATS = {"share": "0.0%", "money": "#,0.00", "decimal": "#,0.0", "whole": "#,0"}
WHOLE = "_period_is_whole"
TODAY = f"MAX({column(DAYS, DAY)})"
FIRST = f"CALCULATE(MIN({column(DAYS, DAY)}), REMOVEFILTERS('{DAYS}'))"
LAST = f"CALCULATE(MAX({column(DAYS, DAY)}), REMOVEFILTERS('{DAYS}'))"


@dataclass(frozen=True)
class _Rows:
    """A measure of one metric with the star that it is counted in."""

    metric: Metric
    measure: Measure
    star: Star

    def resolve(self, name: str) -> str:
        """Return a column of the fact."""
        return column(self.measure.fact, name)

    def dimension(self, name: str) -> str:
        """Return the column of a dimension by its qualified name."""
        dimension = dimension_of(self.metric, self.measure, name)
        return column(dimension.model, dimension.column)

    def filters(self) -> list[str]:
        """Return the arguments of CALCULATE that keep the rows which are counted."""
        found = []
        for node in conditions(self.metric.name, self.measure.filters):
            if (
                len({self.dimension(x.name).partition("[")[0] for x in node.find_all(exp.Column)})
                > 1
            ):
                raise refusal(self.metric.name, node, f"{TOOL}, which filters one table at a time")
            found.append(f"KEEPFILTERS({condition(self.metric.name, node, self.dimension)})")
        return found


def measures(definitions: Definitions, star: Star) -> tuple[Block, ...]:
    """Return all measures: first the one of each metric, then those that they are made of."""
    helpers = {WHOLE: _hidden(WHOLE, whole_period(), "Whether a week or month is whole.")}
    shown: dict[str, Block] = {}
    for metric in definitions.metrics:
        if metric.label.lower() in shown:
            raise GroundworkError(
                f"metric '{metric.name}' has the label '{metric.label}' of another metric, and "
                "Power BI knows measures by that; give it another label"
            )
        for measure in metric.measures:
            name = f"_{measure.name}"
            if name not in helpers:
                about = f"Part of metrics: {measure.aggregation} of {measure.fact}."
                helpers[name] = _hidden(name, helper(_Rows(metric, measure, star)), about)
        shown[metric.label.lower()] = _shown(metric)
    return (*shown.values(), *helpers.values())


def whole_period() -> str:
    """Return DAX that is false in a week or month that the data do not cover."""
    parts = [
        f"(NOT ISINSCOPE({column(DAYS, name)}) || "
        f"ISEMPTY(FILTER('{DAYS}', {column(DAYS, whole_column(name))} == FALSE())))"
        for name in ("date_week", "date_month")
    ]
    return " && ".join(parts)


def helper(rows: _Rows) -> str:
    """Return the DAX of one aggregation of a fact."""
    measure = rows.measure
    if measure.conversion:
        is_base = measure.name.endswith("__base")
        return base_of_conversion(rows) if is_base else converted(rows)
    arguments = [*rows.filters(), *rows.star.uses(measure.fact, measure.time_column)]
    if not measure.window_days:
        return calculated(aggregated(rows), arguments)
    day = column(DAYS, DAY)
    window = f"DATESINPERIOD({day}, {TODAY}, -{measure.window_days}, DAY)"
    trailing = calculated(aggregated(rows), [*arguments, window])
    # the last day of the period whose window has rows
    return f"LASTNONBLANKVALUE({day}, {trailing})"


def aggregated(rows: _Rows) -> str:
    """Return the aggregation of the rows in sight: 0 where they have no value, blank without."""
    measure, table = rows.measure, f"'{rows.measure.fact}'"
    tree = parsed(rows.metric.name, measure.expression)
    value = row_value(rows.metric.name, tree, rows.resolve)
    plain = value == rows.resolve(tree.name)
    match measure.aggregation:
        case "sum" | "min" | "max":
            function = measure.aggregation.upper()
            return f"{function}({value})" if plain else f"{function}X({table}, {value})"
        case "count":
            return f"SUMX({table}, IF(ISBLANK({value}), 0, 1))"
        case "sum_boolean":
            holds = condition(rows.metric.name, tree, rows.resolve)
            return f"SUMX({table}, IF({holds}, 1, 0))"
        case "count_distinct":
            counted = value if plain else rows.resolve(counted_column(measure))
            return f"IF(NOT ISEMPTY({table}), COALESCE(DISTINCTCOUNTNOBLANK({counted}), 0))"
    raise unknown_aggregation(rows.metric, measure, TOOL)


def base_of_conversion(rows: _Rows) -> str:
    """Return how many are counted in the period, whatever they did afterwards."""
    uses = rows.star.uses(rows.measure.fact, rows.measure.time_column)
    return calculated(aggregated(rows), [*rows.filters(), *uses])


def converted(rows: _Rows) -> str:
    """Return how many of those followed in time, each by the last row that it can follow."""
    base = next(x for x in rows.metric.measures if x.name.endswith("__base"))
    based = _Rows(rows.metric, base, rows.star)
    conversion = base.conversion
    if conversion is None:
        raise GroundworkError(f"metric '{rows.metric.name}' has no conversion; mend its type")
    tree = parsed(rows.metric.name, conversion.expression)
    value = row_value(rows.metric.name, tree, lambda name: column(conversion.fact, name))
    key = base.entities[conversion.entity]
    own = [
        x
        for x in base.dimensions
        if x.name in rows.metric.dimensions and x.model == base.fact and x.fact_key != key
    ]
    columns = [
        f'"entity_key", {based.resolve(key)} & ""',
        f'"base_day", {based.resolve(base.time_column)}',
        *(f'"{x.name}", {column(x.model, x.column)} & ""' for x in own),
    ]
    bases = f"SELECTCOLUMNS('{base.fact}', {', '.join(columns)})"
    filters = [*based.filters(), f"REMOVEFILTERS('{DAYS}')"]
    groups = ", ".join(
        f"[{name}]"
        for name in ("entity_key", "converted_day", "converted_value", *(x.name for x in own))
    )
    follows = (
        f"SELECTCOLUMNS('{conversion.fact}', "
        f'"entity_key", {column(conversion.fact, conversion.key)} & "", '
        f'"converted_day", {column(conversion.fact, conversion.time_column)}, '
        f'"converted_value", {value})'
    )
    in_window = (
        '[entity_key] <> "" && NOT ISBLANK([converted_value]) && [converted_day] >= [base_day] '
        f"&& [converted_day] < [base_day] + {base.window_days}"
    )
    return "\n".join(
        [
            f"VAR bases = DISTINCT(CALCULATETABLE({bases}, {', '.join(filters)}))",
            f"VAR follows = DISTINCT(CALCULATETABLE({follows}, REMOVEFILTERS('{DAYS}')))",
            f"VAR pairs = FILTER(NATURALINNERJOIN(bases, follows), {in_window})",
            f"VAR last_bases = GROUPBY(pairs, {groups}, "
            '"last_base_day", MAXX(CURRENTGROUP(), [base_day]))',
            f"VAR of_period = FILTER(last_bases, [last_base_day] IN VALUES({column(DAYS, DAY)}))",
            'RETURN COUNTROWS(DISTINCT(SELECTCOLUMNS(of_period, "value", [converted_value])))',
        ]
    )


def calculated(value: str, arguments: list[str]) -> str:
    """Return a value in a changed filter context."""
    return f"CALCULATE({', '.join([value, *arguments])})" if arguments else value


def metric_dax(metric: Metric) -> str:
    """Return the DAX of a metric: blank in a period, or window, that the data do not cover."""
    value = measure_value(metric.name, metric.expression, lambda name: f"[_{name}]")
    before = max((x.window_days for x in metric.measures if not x.conversion), default=0)
    after = max((x.window_days for x in metric.measures if x.conversion), default=0)
    covered = [f"[{WHOLE}]"]
    if before:
        covered.append(f"MIN({column(DAYS, DAY)}) - {before - 1} >= {FIRST}")
    if after:
        covered.append(f"{TODAY} + {after - 1} <= {LAST}")
    return f"IF({' && '.join(covered)}, {value})"


def _hidden(name: str, dax: str, description: str) -> Block:
    return Block(
        "measure",
        name,
        dax,
        description,
        {"isHidden": True, "displayFolder": "Parts", "lineageTag": tag("measure", name)},
    )


def _shown(metric: Metric) -> Block:
    notes = ("name", "version", "owner", "tier", "status", "additivity", "grain")
    return Block(
        "measure",
        metric.label,
        metric_dax(metric),
        description_of(metric),
        {
            "formatString": FORMATS[kind_of(metric)],
            "displayFolder": f"{metric.owner.partition('@')[0]}\\tier {metric.tier}",
            "lineageTag": tag("metric", metric.name),
        },
        tuple(annotation(f"groundwork_{note}", getattr(metric, note)) for note in notes),
    )
