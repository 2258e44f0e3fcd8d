"""What every tool says of a metric: its description, and the kind of number that it is."""

from __future__ import annotations

from typing import Literal

from groundwork.bi.definitions import Metric

Kind = Literal["share", "money", "decimal", "whole"]
RULES = {
    "additive": "Sums over periods and over the values of a dimension.",
    "non_additive": "Never to be summed: asked again for every total.",
}


def description_of(metric: Metric) -> str:
    """Return one line: definition, formula, owner, target and whether values may be summed."""
    description = (
        f"{metric.description} Formula: {metric.formula}. Owner: {metric.owner}. "
        f"Target: {metric.target:g} {metric.unit} by {metric.grain}, better {metric.direction}. "
        f"{RULES[metric.additivity]}"
    )
    return " ".join(description.split())


def kind_of(metric: Metric) -> Kind:
    """Return how a value is to be written, by its unit."""
    unit = metric.unit
    if unit == "share" or unit.startswith("share of") or unit == "clicks per impression":
        return "share"
    if "currency" in unit:
        return "money"
    return "decimal" if " per " in unit or unit in ("hours", "points") else "whole"
