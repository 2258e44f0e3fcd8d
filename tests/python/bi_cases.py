"""Definitions with a change, and what the files of no tool can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from groundwork.bi.definitions import Definitions
from groundwork.project import GroundworkError

# What a measure has instead, and what is told.
UNTRANSLATABLE = [
    ({"expression": "sqrt(gross_amount)"}, "'SQRT(gross_amount)' has no translation"),
    ({"expression": "gross_amount +"}, "cannot be read as SQL"),
    ({"aggregation": "median"}, "the aggregation 'median' has no translation"),
    ({"filters": ("order__mood = 'good'",)}, "its filter names 'order__mood'"),
]


def changed(definitions: Definitions, name: str, **changes: object) -> Definitions:
    """Return the definitions with one metric that is another in some respects."""
    metrics = [replace(x, **changes) if x.name == name else x for x in definitions.metrics]
    return replace(definitions, metrics=tuple(metrics))


def is_told_in_one_line(
    project_files: Callable[[Definitions], object],
    definitions: Definitions,
    changes: dict[str, object],
    message: str,
) -> None:
    measure = replace(definitions.metric("largest_order").measures[0], **changes)
    with pytest.raises(GroundworkError) as raised:
        project_files(changed(definitions, "largest_order", measures=(measure,)))
    told = raised.value.message
    assert message in told
    assert "metric 'largest_order'" in told
    assert "; " in told
    assert "\n" not in told
