"""The history on a real tiny project: what runs leave in it, what outlives what, and what never
gets in."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
import yaml
from conftest import ROOT, copy_project, run_dbt
from tiny_project import built_project, change_artifact, copied, declare_history, groundwork

from groundwork.history import (
    SOURCES,
    append_query,
    append_rows,
    has_rows,
    history_tables,
    prune,
    read_table,
)
from groundwork.project import GroundworkError, Project

NOW = datetime(2026, 7, 1, 3, tzinfo=UTC)
KEYS = {
    "invocations": ["invocation_id"],
    "node_runs": ["invocation_id", "node_id"],
    "test_results": ["invocation_id", "test_id"],
    "test_failures": ["invocation_id", "test_id", "sample_number"],
    "table_scores": ["invocation_id", "source_name", "table_name"],
    "metric_closed_values": ["invocation_id", "metric_name", "grain", "period_start"],
    "metric_restatements": ["invocation_id", "metric_name", "grain", "period_start"],
    "alerts": ["invocation_id", "event_number"],
}
# People of the planted failures: whoever finds an address or a secret in the history, finds a leak.
ADDRESS, SECRET = "anna@example.org", "4929-0000"
FAILING = {
    "models/staging/shop/_shop__sources.yml": """
        sources:
          - name: shop
            schema: raw
            tables:
              - name: people
                config: {meta: {key: [person_id]}}
                columns:
                  - {name: person_id, data_type: text}
                  - {name: email, data_type: text, config: {meta: {personal: true}}}
                  - {name: card, data_type: text, config: {meta: {personal: true}}}
    """,
    "models/staging/people.sql": f"""
        select
            'p' || range as person_id,
            case when range < 30 then '{ADDRESS}' end as email,
            '{SECRET}' as card,
            case when range % 2 = 0 then 'DE' end as country
        from range(60)
    """,
    "models/staging/handles.sql": f"""
        select '{ADDRESS}' as handle, range as visits from range(2)
    """,
    "models/staging/cards.sql": f"""
        select '{SECRET}' as card, range as visits from range(2)
    """,
    "models/staging/broken.sql": f"""
        with people as (select '{SECRET}' as card from range(3))

        select cast(card as integer) as number from people
    """,
    "models/staging/people.yml": """
        models:
          - name: people
            columns:
              - {name: person_id, data_tests: [unique]}
              - name: email
                data_tests:
                  - not_null
                  - unique
                  - accepted_values: {arguments: {values: [nobody]}}
              - name: country
                data_tests:
                  - not_null: {config: {severity: warn, where: "person_id != 'p1'"}}
                  - relationships: {arguments: {to: ref('handles'), field: handle}}
          - name: handles
            columns:
              - {name: handle, data_tests: [unique]}
          - name: cards
            columns:
              - {name: card, data_tests: [unique]}
    """,
    "tests/assert_nobody.sql": """
        select person_id, email, card, email || ' is somebody' as message
        from {{ ref('people') }}
    """,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The tiny project with the declared history of the real one."""
    project = copied(
        built_project(tmp_path_factory.getbasetemp() / "tiny"),
        tmp_path_factory.mktemp("history") / "project",
    )
    declare_history(project, ROOT)
    return project


@pytest.fixture
def project(built, tmp_path, monkeypatch):
    monkeypatch.delenv("GROUNDWORK_HISTORY_PATH", raising=False)
    return copied(built, tmp_path / "project")


def rows(project: Project, table: str, columns: str = "*") -> list[tuple]:
    with duckdb.connect() as connection:
        recorded = read_table(project, history_tables(project)[table], connection)
        return recorded.query("recorded", f"select {columns} from recorded order by all").fetchall()


def files(project: Project) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.history_path.rglob("*") if path.is_file()}


def append(project: Project, name: str, invocation: str, day: int, count: int = 1) -> bool:
    table = history_tables(project)[name]
    listed = [{"invocation_id": invocation, "node_id": f"n{i}"} for i in range(count)]
    return append_rows(project, table, invocation, NOW - timedelta(days=day), listed)


# The files.


def test_rows_are_read_as_they_were_written(project):
    table = history_tables(project)["invocations"]
    row = {
        "invocation_id": "i'1",
        "status": None,
        "duration_seconds": 1.5,
        "node_count": 2**40,
        "is_complete": True,
        "started_at": "2026-07-01T02:00:00.123456",
        "not_declared": 1,
    }
    assert append_rows(project, table, "i1", NOW, [row])
    with duckdb.connect() as connection:
        read = read_table(project, table, connection)
        assert read.columns == list(table.columns)
        assert [str(kind).lower() for kind in read.types] == list(table.columns.values())
        found = dict(zip(read.columns, read.fetchall()[0], strict=True))
    expected = dict.fromkeys(table.columns) | row
    expected.pop("not_declared")
    expected["started_at"] = datetime(2026, 7, 1, 2, 0, 0, 123456)
    assert found == expected


def test_what_is_recorded_is_not_written_again(project):
    assert append(project, "node_runs", "i1", day=0, count=3)
    before = files(project)
    assert not append(project, "node_runs", "i1", day=0, count=9)
    assert not append(project, "node_runs", "i1", day=1, count=9)
    assert files(project) == before
    assert append(project, "node_runs", "i2", day=0)
    assert len(rows(project, "node_runs")) == 4


def test_no_rows_leave_no_file(project):
    assert not append(project, "node_runs", "i1", day=0, count=0)
    assert not has_rows(project, history_tables(project)["node_runs"], "i1")
    assert files(project) == {}
    assert rows(project, "node_runs") == []


def test_a_file_of_an_earlier_version_lacks_a_column_and_has_another(project):
    append(project, "node_runs", "i1", day=0)
    (path,) = files(project)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table old as select * exclude (seconds), 1 as gone from '{path}';"
            f" copy old to '{path}' (format parquet)"
        )
    append(project, "node_runs", "i2", day=0)
    assert rows(project, "node_runs", "invocation_id, node_id, seconds") == [
        ("i1", "n0", None),
        ("i2", "n0", None),
    ]


def test_only_what_is_old_is_pruned_and_what_is_kept_forever_never(project):
    path = project.root / SOURCES
    declared = yaml.safe_load(path.read_text())
    forever = next(t for t in declared["sources"][0]["tables"] if t["name"] == "test_results")
    forever["config"]["meta"]["retention"] = "forever"
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    for name in ("node_runs", "test_results"):
        for day in (0, 9, 10, 11, 500):
            append(project, name, f"i{day}", day)
    (project.history_path / "node_runs/.unfinished-i9").touch()
    assert prune(project, days=10, now=NOW) == 2
    assert rows(project, "node_runs", "invocation_id") == [("i0",), ("i10",), ("i9",)]
    assert len(rows(project, "test_results")) == 5
    assert not list(project.history_path.rglob(".unfinished-*"))
    assert prune(project, days=10, now=NOW) == 0


def test_an_unknown_retention_gives_one_line(project):
    path = project.root / SOURCES
    path.write_text(path.read_text().replace("retention: days", "retention: long"))
    with pytest.raises(GroundworkError, match="retention 'long' is not known; write days or"):
        history_tables(project)


def test_a_write_that_fails_leaves_nothing_and_gives_one_line(project):
    table = history_tables(project)["node_runs"]
    with duckdb.connect() as connection, pytest.raises(GroundworkError) as raised:
        append_query(
            project, table, "i1", NOW, connection, "select error('disk full') as invocation_id"
        )
    assert "warehouse/history/node_runs cannot be written" in raised.value.message
    assert "run `groundwork record`" in raised.value.message
    assert files(project) == {}


# What runs record.


def test_a_build_is_recorded_with_its_publication(project):
    result = groundwork(project, "build")
    assert result.exit_code == 0, result.output
    name = result.output.rstrip().rpartition("(")[2].rstrip(")")
    columns = "command, engine, publication_id, status, node_count, failed_count, is_complete"
    assert rows(project, "invocations", columns) == [
        ("build", "duckdb", name, "success", 7, 0, True)
    ]
    times = "ended_at - started_at, duration_seconds"
    ((lasted, seconds),) = rows(project, "invocations", times)
    assert lasted.total_seconds() == pytest.approx(seconds) and seconds > 0
    assert rows(project, "node_runs", "node_id, status, row_count, message") == [
        ("model.tiny.int_as_of", "success", 1, None),
        ("model.tiny.int_orphans_counted", "success", 1, None),
        ("model.tiny.lines", "success", 3, None),
        ("model.tiny.orders", "success", 3, None),
        ("model.tiny.rejected_rows", "success", 2, None),
        ("seed.tiny.raw_orders", "success", 3, None),
        ("test.tiny.assert_sound", "pass", None, None),
    ]
    tests = "test_id, test_kind, table_name, severity, status, failure_count, message"
    assert rows(project, "test_results", tests) == [
        ("test.tiny.assert_sound", "singular", "lines", "error", "pass", 0, None)
    ]
    assert rows(project, "test_failures") == []


def test_recording_twice_changes_nothing(project):
    groundwork(project, "build")
    before = files(project)
    result = groundwork(project, "record")
    assert result.output.startswith("recorded before: ")
    assert files(project) == before


def test_a_record_that_was_cut_short_is_completed(project):
    groundwork(project, "build")
    whole = {name: rows(project, name) for name in KEYS}
    for name in ("invocations", "test_results"):
        shutil.rmtree(project.history_path / name)
    assert groundwork(project, "record").output.startswith("recorded: ")
    publication_id = list(history_tables(project)["invocations"].columns).index("publication_id")
    for name in KEYS:
        recorded = rows(project, name)
        if name == "invocations":  # whether it was published is not in the artifacts
            ((*known,),) = whole[name]
            known[publication_id] = None
            assert recorded == [tuple(known)]
        else:
            assert recorded == whole[name], name


def test_a_part_is_recorded_as_one_and_a_sample_not_at_all(project):
    assert groundwork(project, "build", "--select", "orders").exit_code == 0
    assert rows(project, "invocations", "status, node_count, is_complete") == [
        ("success", 1, False)
    ]
    before = files(project)
    assert groundwork(project, "build", "--sample", "7").exit_code == 0
    assert files(project) == before


def test_a_plain_dbt_command_can_be_recorded(project):
    change_artifact(project, "run_results.json", {"args.which": "compile"})
    result = groundwork(project, "record")
    assert result.output == (
        "Error: nothing recorded: the last dbt command was `dbt compile`, not a build; "
        "run `groundwork build`\n"
    )
    change_artifact(project, "run_results.json", {"args.which": "build"})
    assert groundwork(project, "record").output.startswith("recorded: ")
    assert rows(project, "invocations", "command, publication_id, is_complete") == [
        ("build", None, True)
    ]


def test_history_that_is_too_old_goes_with_the_next_build(project):
    append(project, "node_runs", "i1", day=0)
    path = project.root / "dbt_project.yml"
    path.write_text(path.read_text().replace("sample_days: 0", "sample_days: 0, history_days: 0"))
    append(project, "node_runs", "i2", day=-36_500)
    groundwork(project, "build")
    kept = {row[0] for row in rows(project, "node_runs", "distinct invocation_id")}
    assert "i2" in kept and "i1" not in kept


def test_a_history_that_cannot_be_written_takes_no_build_back(project):
    project.history_path.parent.mkdir(exist_ok=True)
    project.history_path.write_text("no folder")
    result = groundwork(project, "build")
    assert result.exit_code == 0, result.output
    assert "published warehouse/groundwork.duckdb" in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("not recorded: ")]
    assert "cannot be written" in line and "run `groundwork record`" in line


def test_the_history_outlives_rebuilds_the_build_file_and_clean(project):
    groundwork(project, "build")
    before = files(project)
    project.build_path.unlink()
    assert groundwork(project, "build", "--full-refresh").exit_code == 0
    assert groundwork(project, "clean", "--all").exit_code == 0
    after = files(project)
    assert before.items() < after.items()
    assert len(rows(project, "invocations")) == 2


# What failures leave.


@pytest.fixture(scope="module")
def failed(built, tmp_path_factory):
    """A build with a broken model, and tests that fail on people's data."""
    project = copied(built, tmp_path_factory.mktemp("failed") / "project")
    for name, text in FAILING.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    path = project.root / "dbt_project.yml"
    path.write_text(path.read_text().replace("sample_days: 0", "sample_days: 0, absent: [shop]"))
    place = os.environ.pop("GROUNDWORK_HISTORY_PATH", None)
    result = groundwork(project, "build")
    if place:
        os.environ["GROUNDWORK_HISTORY_PATH"] = place
    assert result.exit_code == 1, result.output
    return project


def test_a_failed_build_is_recorded(failed):
    assert rows(failed, "invocations", "status, failed_count, publication_id, is_complete") == [
        ("failed", 8, None, True)
    ]
    runs = rows(failed, "node_runs", "node_id, status, row_count, message")
    ((_, status, row_count, message),) = [row for row in runs if row[0] == "model.tiny.broken"]
    assert (status, row_count) == ("error", None)
    assert "Could not convert string" in message, "it says what went wrong"


def test_each_test_has_its_result(failed):
    results = {
        row[0]: row[1:]
        for row in rows(
            failed,
            "test_results",
            "concat_ws(' ', test_kind, table_name, column_name), severity, status, failure_count",
        )
    }
    assert results == {
        "unique people person_id": ("error", "pass", 0),
        "not_null people email": ("error", "fail", 30),
        "unique people email": ("error", "fail", 1),
        "accepted_values people email": ("error", "fail", 1),
        "not_null people country": ("warn", "warn", 29),
        "relationships people country": ("error", "fail", 30),
        "unique handles handle": ("error", "fail", 1),
        "unique cards card": ("error", "fail", 1),
        "singular people": ("error", "fail", 60),
        "singular lines": ("error", "pass", 0),
    }


def sample_of(failed: Project, test: str) -> list[dict]:
    return [
        json.loads(key)
        for test_id, key in rows(failed, "test_failures", "test_id, failing_key")
        if test in test_id
    ]


@pytest.mark.parametrize(
    ("test", "first", "last"),
    [
        ("not_null_people_email", 30, 60),
        ("unique_people_email", 0, 30),
        ("accepted_values_people_email", 0, 30),
        ("relationships_people_country", 0, 60),
        ("assert_nobody", 0, 60),
    ],
)
def test_failing_rows_are_sampled_by_their_key(failed, test, first, last):
    sample = sample_of(failed, test)
    failing = {f"p{number}" for number in range(first, last)}
    assert len(sample) == 20
    assert all(list(key) == ["person_id"] for key in sample)
    found = {key["person_id"] for key in sample}
    assert len(found) == 20 and found <= failing


def test_a_condition_of_a_test_holds_for_its_sample(failed):
    sample = sample_of(failed, "not_null_people_country")
    assert {"person_id": "p1"} not in sample
    assert all(int(key["person_id"][1:]) % 2 for key in sample)


def test_a_key_that_is_personal_leaves_no_sample(failed):
    assert sample_of(failed, "unique_cards_card") == []


def test_a_key_that_is_an_address_is_not_kept(failed):
    assert sample_of(failed, "unique_handles_handle") == [{"handle": "..."}]


def test_nothing_personal_is_in_any_file_of_the_history(failed):
    assert len(files(failed)) == 4
    for path, content in files(failed).items():
        with duckdb.connect() as connection:
            shown = str(connection.execute(f"from '{path}'").fetchall()).encode()
        for secret in (ADDRESS, SECRET, "example.org"):
            assert secret.encode() not in content + shown, f"{secret} is in {path}"


def test_keys_are_unique(failed):
    for name, key in KEYS.items():
        listed = rows(failed, name, ", ".join(key))
        assert len(listed) == len(set(listed)), name
    assert set(KEYS) == set(history_tables(failed))


# What dbt reads of it.


@pytest.mark.parametrize("is_relative", [False, True])
def test_dbt_reads_what_was_recorded(tmp_path, is_relative):
    project = Project(copy_project(tmp_path / "project", whole=False))
    declared = history_tables(project)
    place = "warehouse/history" if is_relative else str(tmp_path / "history")
    os.environ["GROUNDWORK_HISTORY_PATH"] = place
    try:
        ids = [str(uuid.uuid4()) for _ in range(3)]
        for number, invocation in enumerate(ids):
            at = NOW + timedelta(days=number)
            for name in ("invocations", "node_runs"):
                row = {"invocation_id": invocation, "node_id": f"n{number}", "seconds": 0.5}
                row |= {"started_at": at.replace(tzinfo=None), "is_complete": number == 1}
                append_rows(project, declared[name], invocation, at, [row])
        (path,) = (project.history_path / "node_runs").glob(f"*{ids[0]}*")
        with duckdb.connect() as connection:
            connection.execute(
                f"create table old as select * exclude (seconds) from '{path}';"
                f" copy old to '{path}' (format parquet)"
            )
    finally:
        del os.environ["GROUNDWORK_HISTORY_PATH"]
    build = run_dbt(
        *("run", "-s", "path:models/staging/history"),
        folder=tmp_path / "run",
        project=project.root,
        environment={"GROUNDWORK_HISTORY_PATH": place},
    )
    assert build.exit_code == 0, build.output[-3000:]
    assert build.rows(
        "select invocation_id, is_complete, started_at, status"
        " from staging.stg_history__invocations order by started_at"
    ) == [
        (invocation, number == 1, datetime(2026, 7, 1 + number, 3), None)
        for number, invocation in enumerate(ids)
    ]
    assert build.rows(
        "select node_id, seconds from staging.stg_history__node_runs order by node_id"
    ) == [("n0", None), ("n1", 0.5), ("n2", 0.5)]
    assert build.rows("select count(*) from staging.stg_history__test_results") == [(0,)]
