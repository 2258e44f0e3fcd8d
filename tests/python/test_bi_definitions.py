"""What the files of BI tools are made from, and how they are written."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Build, copy_project

from groundwork.bi.definitions import Definitions, read_dashboards, read_definitions
from groundwork.bi.files import WRITTEN, write_files
from groundwork.project import GroundworkError, find_project

DEFINITIONS = "models/marts/metrics/definitions"


def test_metrics_are_those_of_the_catalogue(definitions: Definitions, demo: Build) -> None:
    catalogued = demo.rows(
        "select metric_name, owner, tier, unit, grain, target, additivity, version "
        "from metrics.metric_catalog order by metric_name"
    )
    assert catalogued == [
        (
            metric.name,
            metric.owner,
            metric.tier,
            metric.unit,
            metric.grain,
            metric.target,
            metric.additivity,
            metric.version,
        )
        for metric in sorted(definitions.metrics, key=lambda metric: metric.name)
    ]


def test_dimensions_are_those_that_values_are_published_by(
    definitions: Definitions, demo: Build
) -> None:
    published = demo.rows(
        "select distinct metric_name, dimension_name from metrics.metric_values "
        "where dimension_name != 'total' order by all"
    )
    assert published == sorted(
        (metric.name, dimension)
        for metric in definitions.metrics
        for dimension in metric.dimensions
    )


def test_tables_are_the_public_models(definitions: Definitions, demo: Build) -> None:
    listed = demo.rows(
        "select schema_name, table_name, owner from quality.data_catalog "
        "where is_published and column_name = '(table)' order by all"
    )
    assert [(table.schema, table.name, table.owner) for table in definitions.tables] == listed
    assert all(table.columns for table in definitions.tables)


def test_ratios_of_sums_are_told_from_other_ratios(definitions: Definitions) -> None:
    kinds = {
        name: definitions.metric(name).is_ratio_of_sums
        for name in (
            "refund_rate",
            "average_order_value",
            "session_minutes",
            "revenue_per_active_user",
            "retention_7d",
            "orders",
        )
    }
    assert kinds == {
        "refund_rate": True,
        "average_order_value": True,
        "session_minutes": True,
        "revenue_per_active_user": False,
        "retention_7d": False,
        "orders": False,
    }


def test_a_ratio_over_a_window_is_no_ratio_of_sums(definitions: Definitions) -> None:
    metric = definitions.metric("refund_rate")
    trailing = tuple(replace(measure, window_days=7) for measure in metric.measures)
    assert metric.is_ratio_of_sums and not replace(metric, measures=trailing).is_ratio_of_sums


def test_a_metric_without_action_is_named_with_its_file(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", whole=False)
    path = next(
        path
        for path in (project / DEFINITIONS).glob("*.yml")
        if "- name: largest_order\n" in path.read_text(encoding="utf-8")
    )
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    (metric,) = (each for each in described["metrics"] if each["name"] == "largest_order")
    del metric["config"]["meta"]["action"]
    path.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    with pytest.raises(GroundworkError, match=r"metric 'largest_order' has no action.*add action"):
        read_definitions(find_project(project))


def test_definitions_of_a_broken_project_cannot_be_read(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", whole=False)
    (project / "models/marts/core/dim_users.sql").write_text("select {{ user_id")
    with pytest.raises(GroundworkError, match=r"definitions cannot be read \(.*dim_users"):
        read_definitions(find_project(project))


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (
            {"charts": [{"title": "T", "table": "metric_status", "columns": ["nope"]}]},
            r"exposure 'metric_overview', chart 'T': metric_status has no column 'nope'; name one",
        ),
        (
            {"charts": [{"title": "T", "table": "dim_users", "columns": ["user_id"]}]},
            r"'dim_users' is no public model that the exposure depends on; add ref\('dim_users'\)",
        ),
        (
            {"charts": [{"title": "T", "table": "metric_status", "kind": "pie"}]},
            "kind 'pie' is not known; give table, line, bar",
        ),
        (
            {"charts": [{"title": "T", "table": "metric_status", "colour": "red"}]},
            "it has title, table, colour, and needs no more; it may have title, table, kind,",
        ),
        ({"charts": [{"title": "T"}]}, "it has title, and needs table; it may have"),
        (
            {"filters": [{"title": "F", "table": "metric_status", "column": "grain"}]},
            "filter 'F': it has title, table, column, and needs default",
        ),
        (
            {"charts": [{"title": "T", "table": "metric_status", "order_by": ["x desc"]}]},
            "metric_status has no column 'x'",
        ),
    ],
)
def test_a_chart_of_what_is_not_there_is_refused(
    definitions: Definitions, demo: Build, meta: dict, message: str
) -> None:
    manifest = copy.deepcopy({"exposures": demo.manifest["exposures"]})
    exposure = manifest["exposures"]["exposure.groundwork.metric_overview"]
    exposure["config"]["meta"] = meta
    with pytest.raises(GroundworkError, match=message) as refused:
        read_dashboards(manifest, definitions.tables)
    assert "models/marts/metrics/_metrics__exposures.yml" in str(refused.value)


def test_one_name_stands_for_a_list_of_one(definitions: Definitions, demo: Build) -> None:
    manifest = copy.deepcopy({"exposures": demo.manifest["exposures"]})
    exposure = manifest["exposures"]["exposure.groundwork.metric_overview"]
    chart = {"title": "T", "table": "metric_status", "columns": "label", "order_by": "label desc"}
    exposure["config"]["meta"] = {"charts": [chart]}
    found = {each.name: each for each in read_dashboards(manifest, definitions.tables)}
    (read,) = found["metric_overview"].charts
    assert (read.columns, read.order_by) == (("label",), ("label desc",))


def test_files_of_the_last_time_go_and_those_of_others_stay(tmp_path: Path) -> None:
    project, out = find_project(ROOT), tmp_path / "out"
    write_files(project, out, {"a.txt": "a", "deep/er/b.txt": "b", "c.bin": b"\x00"})
    (out / "notes.md").write_text("mine")
    write_files(project, out, {"a.txt": "new"})
    found = {path.relative_to(out).as_posix() for path in out.rglob("*")}
    assert found == {"a.txt", "notes.md", WRITTEN}
    assert (out / "a.txt").read_text() == "new"


def test_a_folder_with_files_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    with pytest.raises(GroundworkError, match="holds files that groundwork did not write"):
        write_files(find_project(ROOT), tmp_path, {"notes.md": "ours"})
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GroundworkError, match=re.escape(str(tmp_path / "file"))):
        write_files(find_project(ROOT), tmp_path / "file" / "out", {"a.txt": "a"})
