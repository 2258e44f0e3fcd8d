"""`metric_values` says what MetricFlow says: every metric, grain and published dimension."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Build
from metric_cells import (
    GRAINS,
    Cell,
    MetricFlow,
    Values,
    differences,
    metric_rows,
    published_cells,
    report,
    values_of,
)

DEFINITIONS: Path = ROOT / "models/marts/metrics/definitions"


def declared_metrics() -> list[str]:
    return sorted(
        metric["name"]
        for path in DEFINITIONS.glob("*.yml")
        for metric in yaml.safe_load(path.read_text()).get("metrics", [])
    )


@pytest.fixture(scope="module")
def answers(demo: Build) -> dict[Cell, Values]:
    metricflow = MetricFlow(demo)
    return {cell: metricflow.values(cell) for cell in published_cells(demo)}


@pytest.fixture(scope="module")
def published(demo: Build) -> dict[Cell, Values]:
    return {cell: values_of(rows) for cell, rows in metric_rows(demo).items()}


@pytest.mark.parametrize("metric", declared_metrics())
def test_a_metric_has_the_rows_and_values_of_metricflow(
    metric: str, answers: dict[Cell, Values], published: dict[Cell, Values]
) -> None:
    differing = report(
        {
            cell: differences(answer, published.get(cell, {}), "MetricFlow")
            for cell, answer in answers.items()
            if cell.metric == metric
        }
    )
    assert not differing, differing


def test_no_metric_grain_or_dimension_is_skipped(
    demo: Build, answers: dict[Cell, Values], published: dict[Cell, Values]
) -> None:
    metrics = demo.manifest["metrics"].values()
    assert declared_metrics() == sorted(metric["name"] for metric in metrics)
    assert len(answers) == sum(
        len(GRAINS) * (1 + len(metric["config"]["meta"]["dimensions"])) for metric in metrics
    )
    assert answers.keys() == published.keys()
    assert not [cell for cell, values in answers.items() if not values]
