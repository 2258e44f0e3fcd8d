"""Builds that are killed, or start together: readers see one version, the next run repairs."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
from conftest import copy_project, write_raw_parquet
from killing import GROUNDWORK, Scenario, digest, parquet_digest, run
from tiny_project import FILES, built_project, copied, published_version, rebuild

from groundwork.project import Project
from groundwork.publish import publications, publish_build

# Rows of version B correct and add to those of A, on other days.
EVENTS = {
    "A": """
        select i as event_id, i % 400 as day, i % 7 as amount, 1 as load from range({rows}) t (i)
    """,
    "B": """
        select i as event_id, i % 400 as day, i % 7 as amount, 1 as load from range({rows}) t (i)
        union all
        select i * 3, (i + 5) % 400, i % 11, 2 from range({rows} // 2) t (i)
    """,
}
INCREMENTAL = {
    "models/staging/stg_events.sql": """
        {{ config(materialized='incremental', unique_key='event_id') }}
        select event_id, day, amount, load from read_parquet('raw/events.parquet')
        {% if is_incremental() %} where load >= (select max(load) from {{ this }}) {% endif %}
        qualify row_number() over (partition by event_id order by load desc) = 1
    """,
    "models/intermediate/int_days_kept.sql": """
        {{ config(materialized='incremental', unique_key='event_id') }}
        select event_id, day, amount from {{ ref('stg_events') }}
    """,
    "models/marts/days.sql": """
        select
            cast(day as integer) as day,
            count(*) as events,
            cast(sum(amount) as bigint) as amount
        from {{ ref('int_days_kept') }}
        group by all
    """,
    "models/marts/totals.sql": """
        select cast(sum(events) as bigint) as events, cast(sum(amount) as bigint) as amount
        from {{ ref('days') }}
    """,
    "models/marts/more.yml": """
        models:
          - name: days
            columns:
              - {name: day, data_type: integer}
              - {name: events, data_type: bigint}
              - {name: amount, data_type: bigint}
          - name: totals
            columns:
              - {name: events, data_type: bigint}
              - {name: amount, data_type: bigint}
    """,
}
ROWS = 300_000


def make_tiny(root: Path) -> None:
    for name, text in (FILES | INCREMENTAL).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    (root / "warehouse").mkdir()


def deliver_tiny(root: Path, version: str) -> None:
    (root / "raw").mkdir(exist_ok=True)
    query = EVENTS[version].format(rows=ROWS)
    duckdb.execute(f"copy ({query}) to '{root}/raw/events.parquet' (format parquet)").fetchall()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Scenario:
    folder = tmp_path_factory.mktemp("tiny")
    return Scenario.prepare(folder, make_tiny, deliver_tiny, {})


def kill_often(scenario: Scenario, tmp_path: Path, cases: int, seed: int) -> None:
    chance = random.Random(seed)
    phases = [phase for phase in scenario.durations if phase != "ending"]
    for case in range(cases):
        project = scenario.copy(tmp_path / f"case-{case}")
        scenario.kill_and_repair(project, phases[case % len(phases)], chance)
        shutil.rmtree(project.root)
    print(scenario.report())
    assert {phase for phase, _ in scenario.moments} >= set(phases)


def test_a_killed_build_leaves_a_whole_version_and_the_next_one_repairs(tiny, tmp_path):
    assert list(tiny.durations) == ["starting", "parsing", "building", "publishing", "ending"]
    kill_often(tiny, tmp_path, cases=4, seed=1)


@pytest.mark.soak
def test_fifty_killed_builds_leave_a_whole_version_and_the_next_one_repairs(tiny, tmp_path):
    kill_often(tiny, tmp_path, cases=50, seed=2)


@pytest.mark.soak
def test_killed_builds_of_the_demo_leave_a_whole_version(tmp_path, tmp_path_factory):
    def deliver(root: Path, version: str) -> None:
        write_raw_parquet(root / "raw", "2026-06-20" if version == "A" else "9999")

    folder = tmp_path_factory.mktemp("demo")
    variables = {"raw_path": "raw"}
    ignored = frozenset({("intermediate", "int_experiments_touched")})
    scenario = Scenario.prepare(folder, copy_project, deliver, variables, ignored)
    kill_often(scenario, tmp_path, cases=8, seed=3)


def test_two_builds_at_once_end_as_if_one_came_after_the_other(tiny, tmp_path):
    project = tiny.copy(tmp_path / "project")
    before = len(publications(project))
    processes = [
        subprocess.Popen(
            [*GROUNDWORK, *tiny.arguments, "--wait", "300"],
            cwd=project.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]
    for process in processes:
        output, _ = process.communicate()
        assert process.returncode == 0, output
    tiny.see_that_it_is_clean(project)
    assert len(publications(project)) == before + 2


def test_of_two_builds_at_once_without_waiting_one_stops_with_one_line(tiny, tmp_path):
    project = tiny.copy(tmp_path / "project")
    processes = [
        subprocess.Popen(
            [*GROUNDWORK, *tiny.arguments],
            cwd=project.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = {process.communicate()[0]: process.returncode for process in processes}
    assert sorted(outputs.values()) == [0, 1]
    (stopped,) = (output for output, code in outputs.items() if code)
    assert stopped.startswith("Error: the warehouse is in use by process ")
    assert stopped.count("\n") == 1
    tiny.see_that_it_is_clean(project)


# --- publications -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    project = copied(
        built_project(tmp_path_factory.getbasetemp() / "tiny"),
        tmp_path_factory.mktemp("publishing") / "project",
    )
    with duckdb.connect(project.build_path) as connection:
        connection.execute(
            "create or replace table core.lines as "
            "select i::integer as order_id, 0 as version from range(1_000_000) as numbers (i)"
        )
    rebuild(project, 1)
    publish_build(project)
    rebuild(project, 2)
    return project


def kill_publications(project: Project, cases: int, seed: int) -> None:
    command = [*GROUNDWORK, "publish"]
    chance = random.Random(seed)
    trial = copied(project, project.root.with_name("trial"))
    started = time.monotonic()
    subprocess.run(command, cwd=trial.root, check=True, capture_output=True)
    seconds = time.monotonic() - started
    old, new = digest(project.published_path), digest(trial.published_path)
    shutil.rmtree(trial.root)
    assert old != new
    kills, seen = [], []
    while len(kills) < cases:
        moment = chance.uniform(0, seconds)
        process = subprocess.Popen(
            command, cwd=project.root, stdout=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(moment)
        process.kill()
        if process.wait():
            kills.append(moment)
        else:  # it was faster than the one that was measured
            seconds = moment
        current = digest(project.published_path)
        assert current in (old, new)
        assert parquet_digest(project.parquet_path) in (old, new)
        seen.append("B" if current == new else "A")
        if chance.random() < 0.5 or current == new:
            subprocess.run(command, cwd=project.root, check=True, capture_output=True)
            assert digest(project.published_path) == new
            assert parquet_digest(project.parquet_path) == new
            assert not list(project.warehouse.rglob(".unfinished-*"))
            run(project, "publish", "--rollback")
            # so that the next one has to copy again
            shutil.rmtree(project.publications / publications(project)[-1])
    at = ", ".join(f"{moment:.2f}" for moment in sorted(kills))
    print(f"publishing: {len(kills)} kills of {seconds:.2f} s, at {at}; seen: {''.join(seen)}")


def test_killed_publications_leave_a_whole_version(built, tmp_path):
    kill_publications(copied(built, tmp_path / "project"), cases=4, seed=4)


@pytest.mark.soak
def test_sixty_killed_publications_leave_a_whole_version(built, tmp_path):
    kill_publications(copied(built, tmp_path / "project"), cases=60, seed=5)


# Reads everything of one publication in one query, and the files through one resolved link.
READER = """
import sys
from pathlib import Path
import duckdb
warehouse, name = Path(sys.argv[1]), sys.argv[2]
reads, last = 0, -1
print("ready", flush=True)
while not (warehouse / "stop").exists():
    with duckdb.connect(warehouse / "groundwork.duckdb", read_only=True) as connection:
        for _ in range(2):
            rows = connection.execute(
                "select version from core.orders union select version from core.lines"
            ).fetchall()
            ids = connection.execute("select distinct publication_id from publication").fetchall()
            assert len(rows) == len(ids) == 1, (rows, ids)
    folder = (warehouse / "parquet").resolve()
    files = duckdb.sql(f"select distinct version from '{folder}/core/*.parquet'").fetchall()
    assert len(files) == 1, files
    assert rows[0][0] >= last, (rows, last)
    last, reads = rows[0][0], reads + 1
    (warehouse / f"reads-{name}").write_text(str(reads))
print(reads)
"""


@pytest.mark.soak
def test_readers_see_one_version_all_through_a_hundred_publications(built, tmp_path):
    project = copied(built, tmp_path / "project")
    publish_build(project)
    names = ("a", "b", "c")
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, project.warehouse, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    counts = [project.warehouse / f"reads-{name}" for name in names]

    def reads() -> int:
        assert all(reader.poll() is None for reader in readers), readers[0].communicate()
        return min(int(path.read_text() or 0) if path.exists() else 0 for path in counts)

    for version in range(3, 103):
        rebuild(project, version)
        publish_build(project)
        goal = reads() + 1
        while reads() < goal:
            time.sleep(0.01)
    (project.warehouse / "stop").touch()
    total = 0
    for reader in readers:
        output, errors = reader.communicate()
        assert reader.returncode == 0, errors
        total += int(output.split()[-1])
    assert published_version(project.published_path) == 102
    print(f"{total} readings during 100 publications")
    assert total >= 300
