"""SQL of measures, filters and metrics as trees, and the refusal of what a tool cannot say."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from groundwork.bi.definitions import Dimension, Measure, Metric
from groundwork.project import GroundworkError
from groundwork.trouble import one_line

DIALECT = "duckdb"


def parsed(metric: str, sql: str) -> exp.Expression:
    """Return the tree of an expression; stop with one line where it is none."""
    try:
        return sqlglot.parse_one(sql, dialect=DIALECT)
    except SqlglotError as error:
        reason = one_line(error)
        raise GroundworkError(
            f"metric '{metric}': '{sql}' cannot be read as SQL ({reason}); mend its expr or filter"
        ) from error


def refusal(metric: str, part: exp.Expression, tool: str) -> GroundworkError:
    """Explain in one line that a part of a metric's SQL has no translation."""
    return GroundworkError(
        f"metric '{metric}': '{part.sql(DIALECT)}' has no translation for {tool}; "
        "work it out in a column of the fact and use that"
    )


def conditions(metric: str, filters: tuple[str, ...]) -> list[exp.Expression]:
    """Return what all has to hold, one condition each: `a and b` are two."""
    found: list[exp.Expression] = []
    for sql in filters:
        tree = parsed(metric, sql).unnest()
        found.extend(part.unnest() for part in (tree.flatten() if _is_and(tree) else [tree]))
    return found


def dimension_of(metric: Metric, measure: Measure, name: str) -> Dimension:
    """Return the dimension of a filter by its qualified name."""
    for dimension in measure.dimensions:
        if dimension.name == name:
            return dimension
    raise GroundworkError(
        f"metric '{metric.name}': its filter names '{name}', which is no dimension that "
        f"its fact has; add '{name}' to the dimensions of its fact"
    )


def unknown_aggregation(metric: Metric, measure: Measure, tool: str) -> GroundworkError:
    """Explain in one line that a measure's aggregation has no translation."""
    return GroundworkError(
        f"metric '{metric.name}': the aggregation '{measure.aggregation}' has no translation "
        f"for {tool}; use sum, count, count_distinct, min, max or sum_boolean"
    )


def is_zero(node: exp.Expression | None) -> bool:
    """Whether a node is the number 0."""
    return isinstance(node, exp.Literal) and not node.is_string and float(node.this) == 0


def _is_and(node: exp.Expression) -> bool:
    return isinstance(node, exp.And)
