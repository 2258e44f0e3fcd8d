"""`groundwork build` and `clean` on a real tiny project: what they print, write and leave alone."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from tiny_project import break_test, built_project, copied, groundwork, published_version

from groundwork.lock import warehouse_lock
from groundwork.publish import publications, publish_build


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return built_project(tmp_path_factory.getbasetemp() / "tiny")


@pytest.fixture
def project(built, tmp_path):
    """A project that was built and published."""
    project = copied(built, tmp_path / "project")
    publish_build(project)
    return project


def contents(project):
    """Everything that was published, byte for byte."""
    paths = [project.published_path, *project.publications.rglob("*.*")]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_a_build_that_passes_is_summed_up_and_published(project):
    result = groundwork(project, "build", "--full-refresh", "--target", "duckdb")
    assert result.exit_code == 0, result.output
    name = publications(project)[-1]
    assert result.output.splitlines()[-5:] == [
        "built 5 models, 1 tests passed (0 warned)",
        "rejected shop.orders: 2 rows",
        "orphans shop.orders.user_id: 4 values without a counterpart",
        "as_of 2025-07-01",
        f"published warehouse/groundwork.duckdb ({name})",
    ]
    assert len(publications(project)) == 2
    assert "GROUNDWORK_BUILD_PATH" not in os.environ


def test_changed_code_or_variables_build_from_nothing(project):
    said = "models, macros or variables had changed: built from nothing"
    assert said in groundwork(project, "build").output
    assert said not in groundwork(project, "build").output
    model = project.root / "models/marts/lines.sql"
    model.write_text(model.read_text() + "-- another text\n")
    assert said in groundwork(project, "build").output
    assert said not in groundwork(project, "build").output
    # a part does not speak for the whole
    model.write_text(model.read_text() + "-- and another\n")
    assert said in groundwork(project, "build", "--select", "lines").output
    assert said in groundwork(project, "build").output
    options = ("build", "--vars", "reporting_timezone: Asia/Seoul")
    assert said in groundwork(project, *options).output
    assert said not in groundwork(project, *options).output


def test_a_build_that_fails_leaves_what_was_published(project):
    before = contents(project)
    break_test(project)
    result = groundwork(project, "build")
    assert result.exit_code == 1
    *_, failure, error = result.output.splitlines()
    assert failure == "fail test.tiny.assert_sound: Got 3 results, configured to fail if != 0"
    assert error.startswith("Error: the build failed: 1 of 7 nodes (above), 0 skipped")
    assert contents(project) == before
    result = groundwork(project, "publish")
    assert result.exit_code == 1
    assert contents(project) == before


def test_a_project_that_dbt_cannot_read_gives_one_line(project):
    before = contents(project)
    (project.root / "models/marts/lines.sql").write_text("select {{ ref('nowhere') }}")
    result = groundwork(project, "build")
    assert result.exit_code == 1
    assert "Error: dbt stopped (Compilation Error" in result.output.splitlines()[-1]
    assert "Traceback" not in result.output
    assert contents(project) == before


def test_a_part_is_built_but_not_published(project):
    before = contents(project)
    result = groundwork(project, "build", "--select", "orders", "--select", "lines")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("not published: warehouse/build.duckdb")
    assert "built 2 models" in result.output
    assert contents(project) == before


def test_a_sample_is_built_beside_the_build_file(project):
    before, build = contents(project), project.build_path.read_bytes()
    result = groundwork(project, "build", "--sample", "7")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("not published: warehouse/sample.duckdb")
    assert published_version(project.sample_path) == 7
    assert contents(project) == before
    assert project.build_path.read_bytes() == build
    assert groundwork(project, "publish").exit_code == 0, "the whole build is still there"


HOLDER = """
import sys, time
from pathlib import Path
from groundwork.lock import warehouse_lock
from groundwork.project import Project
with warehouse_lock(Project(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def held(project):
    """Start a process that holds the lock for some seconds."""
    processes = []

    def hold(seconds):
        command = [sys.executable, "-c", HOLDER, project.root, str(seconds)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert processes[-1].stdout.readline() == "held\n"
        return processes[-1]

    yield hold
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "arguments", [["build"], ["build", "--wait", "0.5"], ["publish"], ["clean"]], ids=" ".join
)
def test_a_second_process_stops_with_one_line_that_names_the_first(project, held, arguments):
    holder = held(60)
    before = contents(project)
    started = time.monotonic()
    result = groundwork(project, *arguments)
    assert result.exit_code == 1
    assert result.output.startswith(
        f"Error: the warehouse is in use by process {holder.pid} since 20"
    )
    assert result.output.count("\n") == 1
    assert "--wait" not in arguments or time.monotonic() - started > 0.5
    assert contents(project) == before


def test_a_second_process_can_wait(project, held):
    held(1)
    with warehouse_lock(project, wait_seconds=30):
        assert f"process {os.getpid()} since" in (project.warehouse / ".lock").read_text()


def test_a_killed_holder_holds_nothing(project, held):
    held(60).send_signal(signal.SIGKILL)
    with warehouse_lock(project, wait_seconds=5):
        pass


def test_a_build_file_in_use_gives_one_line(project):
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1); time.sleep(60)"
    command = [sys.executable, "-uc", code, project.build_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        results = [groundwork(project, command) for command in ("build", "publish", "clean")]
        process.kill()
    for result in results:
        assert result.exit_code == 1
        assert result.output.startswith("Error: warehouse/build.duckdb cannot be opened (IO Error")
        assert f"PID {process.pid}" in result.output
        assert result.output.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"x" * 9999], ids=["empty", "corrupt"])
def test_a_build_file_that_is_none_gives_one_line_and_can_be_cleaned(project, content):
    project.build_path.write_bytes(content)
    result = groundwork(project, "build")
    assert result.exit_code == 1
    assert "it is not a valid DuckDB database file); remove the file (`groundwork clean`)" in (
        result.output
    )
    assert result.output.count("\n") == 1
    assert groundwork(project, "clean").exit_code == 0
    assert not project.build_path.exists()


def test_a_warehouse_that_cannot_be_written_gives_one_line(project):
    project.warehouse.rename(project.root / "old")
    project.warehouse.symlink_to("/proc")
    result = groundwork(project, "build")
    assert result.exit_code == 1
    assert result.output.startswith("Error: warehouse/.lock cannot be written (")


def test_clean_leaves_the_history_and_what_was_published(project):
    history = project.warehouse / "history/runs.parquet"
    for path in (history, project.sample_path, project.root / "logs/dbt.log"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    before = contents(project)
    result = groundwork(project, "clean")
    assert result.output.splitlines() == [
        "removed target",
        "removed logs",
        "removed warehouse/build.duckdb",
        "removed warehouse/sample.duckdb",
    ]
    assert contents(project) == before
    assert groundwork(project, "clean").output == ""
    result = groundwork(project, "clean", "--all")
    assert result.output.splitlines() == [
        "removed warehouse/groundwork.duckdb",
        "removed warehouse/parquet",
        "removed warehouse/publications",
    ]
    assert {path.name for path in project.warehouse.iterdir()} == {".lock", "history"}
    assert history.exists()


def test_clean_never_removes_raw_tables(project):
    with duckdb.connect(project.build_path) as connection:
        connection.execute("create schema shop; create table shop.orders (order_id text)")
    result = groundwork(project, "clean", "--all")
    assert result.exit_code == 1
    assert "holds tables that the last build did not make (in shop), such as raw" in result.output
    assert project.build_path.exists() and project.target.exists()
    assert project.published_path.exists()
