"""Definitions with a change, and what the files of no tool can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import copy_project

from groundwork.bi.definitions import Definitions
from groundwork.cli import main
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


def written_with_the_smallest_order(tool: str, folder: Path) -> Path:
    """Write a tool's files for a project whose YAML has the metric `largest_order` as a minimum."""
    project = copy_project(folder / "project", whole=False)
    path = project / "models/marts/metrics/definitions/orders.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count("agg: max") == 1
    path.write_text(text.replace("agg: max", "agg: min"), encoding="utf-8")
    command = ["bi", tool, "--project-dir", str(project), "--out", str(folder / "out")]
    outcome = CliRunner().invoke(main, command)
    assert outcome.exit_code == 0, outcome.output
    return folder / "out"


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
