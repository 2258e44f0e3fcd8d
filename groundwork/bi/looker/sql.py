"""SQL of measures with Looker's references to fields, in words that DuckDB and Spark share."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from groundwork.bi.definitions import Measure, Metric
from groundwork.bi.expressions import conditions, parsed, refusal, unknown_aggregation

TOOL = "Looker"
# What this writes, DuckDB reads as well.
WRITTEN = "databricks"
TYPES = {
    "sum": "sum",
    "count": "sum",
    "sum_boolean": "sum",
    "count_distinct": "count_distinct",
    "min": "min",
    "max": "max",
}
# Means the same on both engines.
KNOWN = (
    exp.Column,
    exp.Identifier,
    exp.Var,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Case,
    exp.If,
    exp.Coalesce,
    exp.Nullif,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Neg,
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.In,
    exp.Is,
)


def with_fields(metric: str, node: exp.Expression, field: Callable[[str], str]) -> str:
    """Return SQL in which each column is a reference to a field."""
    for part in node.walk():
        if not isinstance(part, KNOWN):
            raise refusal(metric, part, TOOL)
    replaced = node.copy().transform(
        lambda part: exp.Var(this=field(part.name)) if isinstance(part, exp.Column) else part
    )
    return replaced.sql(WRITTEN)


def type_of(metric: Metric, measure: Measure) -> str:
    """Return Looker's type of a measure."""
    if measure.aggregation not in TYPES:
        raise unknown_aggregation(metric, measure, TOOL)
    return TYPES[measure.aggregation]


def row_sql(metric: Metric, measure: Measure, field: Callable[[str], str]) -> str:
    """Return what a row adds to a measure: null where the filters do not hold."""
    tree = parsed(metric.name, measure.expression)
    value = with_fields(metric.name, tree, lambda name: f"${{TABLE}}.{name}")
    holds = [
        with_fields(metric.name, node, field) for node in conditions(metric.name, measure.filters)
    ]
    if measure.aggregation == "count":
        holds.append(f"{value} IS NOT NULL")
        value = "1"
    elif measure.aggregation == "sum_boolean":
        holds.append(value)
        value = "1"
    return f"CASE WHEN {' AND '.join(holds)} THEN {value} END" if holds else value


def metric_sql(metric: Metric, names: dict[str, str]) -> str:
    """Return arithmetic on measures; a quotient is no whole number, and null over 0.

    names: the measure of the view by name of a measure of the metric
    """
    tree = parsed(metric.name, metric.expression)
    for division in list(tree.find_all(exp.Div)):
        over = exp.Mul(this=exp.Var(this="1.0"), expression=division.left.copy())
        division.set("this", over)
        if not isinstance(division.right.unnest(), exp.Nullif):
            zero = exp.Literal.number(0)
            division.set("expression", exp.Nullif(this=division.right.copy(), expression=zero))
    return with_fields(metric.name, tree, lambda name: f"${{{names[name]}}}")
