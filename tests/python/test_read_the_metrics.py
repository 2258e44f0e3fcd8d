"""What the page on reading metrics tells its readers to run gives the published numbers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Build

PAGE = (ROOT / "docs/read_the_metrics.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
SAVED = ROOT / "models/marts/metrics/definitions/saved_queries.yml"


@pytest.fixture(scope="module")
def reader(demo: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project, its tables where the page looks for them, and what dbt parsed."""
    folder = tmp_path_factory.mktemp("reader")
    tables = folder / "warehouse" / "parquet" / "metrics"
    tables.mkdir(parents=True)
    (folder / "warehouse" / "groundwork.duckdb").symlink_to(demo.database)
    with demo.connect() as connection:
        for table in ("metric_values", "metric_catalog"):
            connection.execute(f"copy metrics.{table} to '{tables / table}.parquet'")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(demo.target, folder / "target")
    return folder


@pytest.fixture
def inside(reader: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(reader)
    yield


def test_ten_lines_read_the_same_in_every_library(inside: None, demo: Build) -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line]) <= 12
    read: dict = {}
    exec(BLOCKS[0], read)
    expected = demo.rows(
        "select period_start, metric_name, metric_value from metrics.metric_values "
        "where grain = 'week' and dimension_name = 'total' and is_complete_period order by all"
    )
    assert sorted(read["polars"].rows()) == expected
    assert sorted(tuple(row.values()) for row in read["table"].to_pylist()) == expected
    frame = read["frame"].astype(object).where(read["frame"].notna(), None)
    assert (
        sorted((day.date(), *rest) for day, *rest in frame.itertuples(index=False, name=None))
        == expected
    )


def test_parquet_files_read_without_duckdb(inside: None, demo: Build) -> None:
    read: dict = {}
    exec(BLOCKS[1], read)
    assert read["revenue"]["metric_value"].sum() == pytest.approx(
        demo.rows(
            "select sum(metric_value) from metrics.metric_values where grain = 'month' "
            "and metric_name = 'net_revenue' and dimension_name = 'user__country' "
            "and is_complete_period"
        )[0][0]
    )
    assert len(read["catalog"]) == 46


@pytest.mark.parametrize("command", COMMANDS.strip().splitlines())
def test_commands_of_metricflow_answer(
    command: str, reader: Path, demo: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDWORK_BUILD_PATH", str(demo.database))
    program, *arguments = shlex.split(command)
    run = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=reader,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(run.stdout.strip().splitlines()) > 4, run.stdout
    if "--limit 6" in command:
        ((value,),) = demo.rows(
            "select metric_value from metrics.metric_values where metric_name = 'net_revenue' "
            "and grain = 'month' and dimension_name = 'total' and period_start = '2026-06-01'"
        )
        assert f"{value:.6g}" in run.stdout


@pytest.mark.parametrize(
    "saved",
    yaml.safe_load(SAVED.read_text(encoding="utf-8"))["saved_queries"],
    ids=lambda saved: saved["name"],
)
def test_a_saved_query_asks_for_what_is_published(saved: dict, demo: Build) -> None:
    """Every metric of it, by its grain and dimension, is a cell of metric_values."""
    assert saved["description"] and saved["label"]
    text = " ".join(saved["query_params"]["group_by"])
    (grain,) = re.findall(r"TimeDimension\('metric_time', '(\w+)'\)", text)
    dimension = (re.findall(r" Dimension\('(\w+)'\)", f" {text}") or ["total"])[0]
    for metric in saved["query_params"]["metrics"]:
        assert demo.rows(
            "select 1 from metrics.metric_values "
            f"where (metric_name, grain, dimension_name) = ('{metric}', '{grain}', '{dimension}') "
            "limit 1"
        ), (metric, grain, dimension)
