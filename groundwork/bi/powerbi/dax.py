"""SQL in DAX: expressions on the rows of a table, conditions, and arithmetic on measures.

DAX has no three-valued logic: a blank equals 0, '' and FALSE, and differs from all else. So `=` is
written `==`, and other comparisons ask first whether there is a value.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from groundwork.bi.expressions import is_zero, parsed, refusal

TOOL = "Power BI"
# The DAX of a column that SQL names.
Resolve = Callable[[str], str]

COMPARED = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
OPPOSITE = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.GT: exp.LTE,
    exp.LTE: exp.GT,
    exp.LT: exp.GTE,
    exp.GTE: exp.LT,
}
# Power BI reads a number of the Parquet file as what it is there.
NUMBERS = {"DOUBLE", "DECIMAL", "INT", "BIGINT", "FLOAT"}


def column(table: str, name: str) -> str:
    """Return the name of a column: `'fct_orders'[channel]`."""
    return f"'{table}'[{name}]"


def text(value: str) -> str:
    """Return a text in quotes."""
    return '"' + value.replace('"', '""') + '"'


def row_value(metric: str, node: exp.Expression, resolve: Resolve) -> str:
    """Return the value of an expression in a row; blank where SQL has null."""
    match node:
        case exp.Paren():
            return row_value(metric, node.this, resolve)
        case exp.Column():
            return resolve(node.name)
        case exp.Literal():
            return text(node.this) if node.is_string else node.this
        case exp.Boolean():
            return "TRUE()" if node.this else "FALSE()"
        case exp.Null():
            return "BLANK()"
        case exp.Cast() if node.to.this.name in NUMBERS:
            return row_value(metric, node.this, resolve)
        case exp.Case() if node.this is None:
            result = row_value(metric, node.args.get("default") or exp.Null(), resolve)
            for branch in reversed(node.args["ifs"]):
                holds = condition(metric, branch.this, resolve)
                then = row_value(metric, branch.args["true"], resolve)
                result = f"IF({holds}, {then}{'' if result == 'BLANK()' else ', ' + result})"
            return result
        case exp.Div():
            sides = [row_value(metric, side, resolve) for side in (node.left, node.right)]
            return f"DIVIDE({', '.join(sides)})"
        case exp.Mul():
            sides = [_factor(metric, side, resolve) for side in (node.left, node.right)]
            return " * ".join(sides)
        case exp.Add() | exp.Sub():
            sign = "+" if isinstance(node, exp.Add) else "-"
            sides = [_factor(metric, side, resolve) for side in (node.left, node.right)]
            return _where_known(node, resolve, f"{sides[0]} {sign} {sides[1]}")
    raise refusal(metric, node, TOOL)


def condition(metric: str, node: exp.Expression, resolve: Resolve) -> str:
    """Return a condition on a row that is true just where SQL's is; never on a blank by chance."""
    match node:
        case exp.Paren():
            return condition(metric, node.this, resolve)
        case exp.Column():
            return f"{resolve(node.name)} == TRUE()"
        case exp.And() | exp.Or():
            sign = "&&" if isinstance(node, exp.And) else "||"
            sides = [condition(metric, side, resolve) for side in (node.left, node.right)]
            return f"({sides[0]} {sign} {sides[1]})"
        case exp.Not():
            return _negated(metric, node.this.unnest(), resolve)
        case exp.EQ():
            sides = [row_value(metric, side, resolve) for side in (node.left, node.right)]
            if any(isinstance(side, exp.Literal | exp.Boolean) for side in (node.left, node.right)):
                return f"{sides[0]} == {sides[1]}"
            return _known(node, resolve, f"{sides[0]} == {sides[1]}")
        case exp.NEQ():
            sides = [row_value(metric, side, resolve) for side in (node.left, node.right)]
            return _known(node, resolve, f"NOT {sides[0]} == {sides[1]}")
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            sides = [row_value(metric, side, resolve) for side in (node.left, node.right)]
            return _known(node, resolve, f"{sides[0]} {COMPARED[type(node)]} {sides[1]}")
        case exp.In() if node.expressions:
            value = row_value(metric, node.this, resolve)
            listed = [row_value(metric, item, resolve) for item in node.expressions]
            return "(" + " || ".join(f"{value} == {item}" for item in listed) + ")"
        case exp.Is() if isinstance(node.expression, exp.Null):
            return f"ISBLANK({row_value(metric, node.this, resolve)})"
    raise refusal(metric, node, TOOL)


def measure_value(metric: str, sql: str, resolve: Resolve) -> str:
    """Return SQL on the names of measures as DAX on measures; a division is a DIVIDE.

    Blank where the metric has no value: DIVIDE by nothing or by 0, and no row in any measure.
    """
    return _of_measures(metric, parsed(metric, sql), resolve, zero=False)


def _of_measures(metric: str, node: exp.Expression, resolve: Resolve, *, zero: bool) -> str:
    """Return arithmetic on measures; `zero`: whether what is filled with 0 must not stay blank."""
    match node:
        case exp.Paren():
            return _of_measures(metric, node.this, resolve, zero=zero)
        case exp.Column():
            return resolve(node.name)
        case exp.Literal() if not node.is_string:
            return node.this
        case exp.Coalesce() if len(node.expressions) == 1 and is_zero(node.expressions[0]):
            value = _of_measures(metric, node.this, resolve, zero=zero)
            return f"COALESCE({value}, 0)" if zero else value
        case exp.Nullif() if is_zero(node.expression):
            return _of_measures(metric, node.this, resolve, zero=zero)
        case exp.Div():
            over = _of_measures(metric, node.left, resolve, zero=True)
            return f"DIVIDE({over}, {_of_measures(metric, node.right, resolve, zero=zero)})"
        case exp.Mul():
            sides = [_term(metric, side, resolve, zero=zero) for side in (node.left, node.right)]
            return " * ".join(sides)
        case exp.Add() | exp.Sub():
            sign = "+" if isinstance(node, exp.Add) else "-"
            sides = [_term(metric, side, resolve, zero=zero) for side in (node.left, node.right)]
            return _where_known(node, resolve, f"{sides[0]} {sign} {sides[1]}")
    raise refusal(metric, node, TOOL)


def _term(metric: str, node: exp.Expression, resolve: Resolve, *, zero: bool) -> str:
    value = _of_measures(metric, node, resolve, zero=zero)
    return f"({value})" if isinstance(node.unnest(), exp.Add | exp.Sub) else value


def _factor(metric: str, node: exp.Expression, resolve: Resolve) -> str:
    value = row_value(metric, node, resolve)
    return f"({value})" if isinstance(node.unnest(), exp.Add | exp.Sub) else value


def _negated(metric: str, node: exp.Expression, resolve: Resolve) -> str:
    if type(node) in OPPOSITE:
        opposite = OPPOSITE[type(node)](this=node.left.copy(), expression=node.right.copy())
        return condition(metric, opposite, resolve)
    if isinstance(node, exp.Column):
        return f"{resolve(node.name)} == FALSE()"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return f"NOT ISBLANK({row_value(metric, node.this, resolve)})"
    if isinstance(node, exp.In) and node.expressions:
        return _known(node, resolve, f"NOT {condition(metric, node, resolve)}")
    raise refusal(metric, exp.Not(this=node.copy()), TOOL)


def _known(node: exp.Expression, resolve: Resolve, holds: str) -> str:
    """Return a condition that no blank column fulfils."""
    names = dict.fromkeys(found.name for found in node.find_all(exp.Column))
    known = [f"NOT ISBLANK({resolve(name)})" for name in names]
    return f"({' && '.join([*known, holds])})"


def _where_known(node: exp.Expression, resolve: Resolve, value: str) -> str:
    """Return a sum that is blank where a part is that is not filled with 0."""
    names = dict.fromkeys(
        found.name
        for found in node.find_all(exp.Column)
        if not found.find_ancestor(exp.Coalesce, exp.Nullif)
    )
    if not names:
        return value
    known = " && ".join(f"NOT ISBLANK({resolve(name)})" for name in names)
    return f"IF({known}, {value})"
