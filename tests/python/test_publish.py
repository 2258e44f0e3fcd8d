"""Publication against a real tiny project: what readers see, whatever happens to the publisher."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from tiny_project import (
    break_test,
    built_project,
    change_artifact,
    copied,
    published_version,
    rebuild,
)

from groundwork.cli import main
from groundwork.project import UNFINISHED, run_dbt
from groundwork.publish import (
    DATABASE,
    KEPT_PUBLICATIONS,
    publications,
    publish_build,
    remove_publication,
    remove_unfinished,
    roll_back,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return built_project(tmp_path_factory.getbasetemp() / "tiny")


@pytest.fixture
def project(built, tmp_path):
    return copied(built, tmp_path / "project")


def publish(project, *options):
    return CliRunner().invoke(main, ["publish", "--project-dir", str(project.root), *options])


def digest(project):
    return hashlib.sha256(project.published_path.read_bytes()).hexdigest()


def parquet_versions(project):
    files = f"{project.parquet_path.resolve()}/core/*.parquet"
    return duckdb.sql(f"select distinct version from '{files}'").fetchall()


def test_a_plain_dbt_build_is_published_with_its_descriptions(project):
    result = publish(project)
    assert result.exit_code == 0, result.output
    (name,) = publications(project)
    assert name in result.output
    with duckdb.connect(project.published_path, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        columns = connection.execute(
            "select comment from duckdb_columns() where table_name = 'orders' order by column_index"
        ).fetchall()
        rows = connection.execute(
            "select publication_id, code_version, as_of::varchar, last_day::varchar, "
            "schema_name, table_name, row_count from publication order by table_name"
        ).fetchall()
    assert tables == [
        ("core", "lines", "One row per line."),
        ("core", "orders", "One row per order; the shop's own."),
        (
            "main",
            "publication",
            "One row per published table: which build, code and data these tables come from.",
        ),
    ]
    assert columns == [("The order's key.",), ("Which build it was.",)]
    assert rows == [
        (name, "unknown", "2025-07-01", "2025-06-30", "core", table, 3)
        for table in ("lines", "orders")
    ]
    assert parquet_versions(project) == [(0,)]
    assert not project.published_path.stat().st_mode & 0o222


def test_the_code_version_is_the_commit_and_whether_it_was_changed(project):
    git = ["git", "-C", project.root, "-c", "user.name=x", "-c", "user.email=x"]
    ignored = project.root / ".gitignore"
    ignored.write_text("warehouse/\ntarget/\nlogs/\n", encoding="utf-8")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    ignored.write_text("warehouse/\ntarget/\nlogs/\nsite/\n", encoding="utf-8")
    publish_build(project)
    with duckdb.connect(project.published_path, read_only=True) as connection:
        versions = connection.execute("select distinct code_version from publication").fetchall()
    assert versions == [(f"{commit}-dirty",)]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["run", "--select", "lines"], "was `dbt run`"),
        (["build", "--select", "lines"], "left out"),
        (["build"], "1 of 7 nodes of the last build failed or were skipped, such as test.tiny."),
        (["compile"], "was `dbt compile`"),
    ],
    ids=["run", "selection", "failed test", "compile"],
)
def test_what_is_no_whole_successful_build_is_refused(project, arguments, reason):
    publish_build(project)
    before = digest(project)
    if arguments == ["build"]:
        break_test(project)
    run_dbt(project, [*arguments, "--quiet"], {})
    assert_refused(project, reason)
    assert digest(project) == before


@pytest.mark.parametrize(
    ("file", "values", "reason"),
    [
        ("run_results.json", {"args.empty": True}, "without all rows"),
        ("run_results.json", {"args.vars": {"sample_days": 7}}, "a sample of the last days"),
        ("run_results.json", {"results": []}, "left out"),
        ("manifest.json", {"metadata.invocation_id": "other"}, "another dbt command"),
        ("manifest.json", {"metadata.adapter_type": "spark"}, "not on DuckDB"),
    ],
    ids=["empty", "sample", "unfinished", "parsed since", "another engine"],
)
def test_artifacts_that_tell_of_something_else_are_refused(project, file, values, reason):
    change_artifact(project, file, values)
    assert_refused(project, reason)


@pytest.mark.parametrize("seconds", [-600, 600], ids=["older", "newer"])
def test_a_build_file_that_the_run_did_not_write_is_refused(project, seconds):
    moment = project.build_path.stat().st_mtime + seconds
    os.utime(project.build_path, (moment, moment))
    assert_refused(project, "was not last written by the last build")


def test_a_log_beside_the_build_file_is_a_later_write(project):
    log = project.build_path.with_name("build.duckdb.wal")
    log.touch()
    moment = time.time() + 600
    os.utime(log, (moment, moment))
    assert_refused(project, "was not last written by the last build")


def test_without_a_build_one_line_says_what_to_do(project):
    project.build_path.unlink()
    assert_refused(project, "warehouse/build.duckdb does not exist; run `groundwork build`")
    (project.target / "run_results.json").unlink()
    assert_refused(
        project, "target has no readable run_results.json and manifest.json of a dbt build"
    )


def assert_refused(project, reason):
    result = publish(project)
    assert result.exit_code == 1
    assert reason in result.output
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1, result.output


def test_rollback_goes_back_one_by_one_and_publish_forward_again(project):
    for version in (1, 2, 3):
        rebuild(project, version)
        publish_build(project)
    first, second, third = publications(project)
    for name, version in ((second, 2), (first, 1)):
        assert name in publish(project, "--rollback").output
        assert published_version(project.published_path) == version
        assert parquet_versions(project) == [(version,)]
    result = publish(project, "--rollback")
    assert result.exit_code == 1
    assert f"nothing to go back to: no publication before {first}" in result.output
    assert published_version(project.published_path) == 1
    assert publish(project, "--list").output == f"* {first}\n  {second}\n  {third}\n"
    assert third in publish(project).output
    assert published_version(project.published_path) == 3
    assert len(publications(project)) == 3


def test_only_the_last_publications_are_kept(project):
    for version in range(1, KEPT_PUBLICATIONS + 3):
        rebuild(project, version)
        publish_build(project)
    kept = publications(project)
    assert [name[-8:] for name in kept] == [f"{version:08}" for version in range(3, 8)]
    assert publish(project, "--keep", "2").exit_code == 0
    assert publications(project) == kept[-2:]


def test_a_removal_that_breaks_off_leaves_no_part_of_a_publication(project, monkeypatch):
    for version in (1, 2):
        rebuild(project, version)
        publish_build(project)
    first, last = publications(project)

    def broken(path):
        (path / DATABASE).unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr("groundwork.publish.remove", broken)
    with pytest.raises(KeyboardInterrupt):
        remove_publication(project, first)
    monkeypatch.undo()
    names = {path.name for path in project.publications.iterdir()}
    assert names == {last, f"{UNFINISHED}{first}"}
    remove_unfinished(project)
    assert [path.name for path in project.publications.iterdir()] == [last]


def test_a_leftover_log_is_not_replayed_into_the_new_file(project):
    publish_build(project)
    writer = (
        "import duckdb, os, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('update core.orders set version = 99')\n"
        "os._exit(0)\n"
    )
    project.published_path.chmod(0o644)
    subprocess.run([sys.executable, "-c", writer, project.published_path], check=True)
    log = project.published_path.with_name("groundwork.duckdb.wal")
    assert log.stat().st_size
    rebuild(project, 1)
    publish_build(project)
    assert not log.exists()
    assert published_version(project.published_path) == 1


def test_a_file_system_without_links_gets_copies(project, monkeypatch):
    def refuse(*_):
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    for version in (1, 2):
        rebuild(project, version)
        publish_build(project)
    assert project.published_path.stat().st_nlink == 1
    assert published_version(project.published_path) == 2
    roll_back(project)
    assert published_version(project.published_path) == 1


def test_a_failure_leaves_the_published_file_and_no_rest(project):
    publish_build(project)
    before = digest(project)
    rebuild(project, 1)
    with duckdb.connect(project.build_path) as connection:
        connection.execute("drop table core.lines")
    assert_refused(project, "publishing failed (Catalog Error: Table with name lines")
    assert digest(project) == before
    assert not list(project.warehouse.rglob(".unfinished-*"))


READER = """
import sys, time
from pathlib import Path
import duckdb
from tiny_project import published_version
warehouse, seen = Path(sys.argv[1]), []
print("ready", flush=True)
while not (warehouse / "stop").exists():
    seen.append(published_version(warehouse / "groundwork.duckdb"))
    files = (warehouse / "parquet").resolve()
    found = duckdb.sql(f"select distinct version from '{files}/core/*.parquet'").fetchall()
    assert len(found) == 1, found
    assert found[0][0] >= 0
assert seen == sorted(seen), seen
print(len(seen), len(set(seen)))
"""


def test_readers_see_whole_publications_only(project):
    publish_build(project)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, project.warehouse],
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    for version in range(1, 11):
        rebuild(project, version)
        publish_build(project)
    (project.warehouse / "stop").touch()
    for reader in readers:
        counts = reader.communicate()[0].split()
        assert reader.returncode == 0
        assert int(counts[0]) > 10 and int(counts[1]) > 2


# Looks, before each of its own file system calls, at what a reader would see.
WATCHED = """
import sys
from pathlib import Path
from groundwork.project import Project
from groundwork.publish import publish_build
from test_publish import parquet_versions, published_version
project, looking, seen = Project(Path(sys.argv[1])), [], []
def hook(name, arguments):
    if name.startswith(("os.", "shutil.")) and sys.argv[1] in str(arguments) and not looking:
        looking.append(name)
        versions = parquet_versions(project)
        assert len(versions) == 1
        seen.append((published_version(project.published_path), *versions[0]))
        looking.clear()
sys.addaudithook(hook)
publish_build(project)
assert seen == sorted(seen)
print(len(seen), sorted(set(seen)))
"""


def test_readers_see_a_whole_publication_before_each_step(project):
    rebuild(project, 1)
    publish_build(project)
    rebuild(project, 2)
    command = [sys.executable, "-c", WATCHED, project.root]
    output = subprocess.check_output(command, cwd=Path(__file__).parent, text=True)
    steps, _, pairs = output.strip().partition(" ")
    assert int(steps) > 10
    assert pairs == "[(1, 1), (2, 1), (2, 2)]"


# Ends its own process, as kill -9 does, at the nth file system call of a kind.
KILLED = """
import os, signal, sys
from pathlib import Path
from groundwork.project import Project
from groundwork.publish import publish_build
event, left = sys.argv[2], int(sys.argv[3])
def hook(name, arguments):
    global left
    if name == event and sys.argv[1] in str(arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
publish_build(Project(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("event", "nth", "version"),
    [
        ("os.mkdir", 2, 1),
        ("os.chmod", 2, 1),
        ("os.rename", 1, 1),
        ("os.link", 1, 1),
        ("os.rename", 2, 1),
        ("os.symlink", 1, 2),
        ("os.rename", 3, 2),
    ],
    ids=[
        "while copying",
        "before all is flushed",
        "before it is complete",
        "before the switch",
        "at the switch",
        "after the switch",
        "before the files follow",
    ],
)
def test_a_killed_publisher_leaves_one_whole_publication(project, event, nth, version):
    rebuild(project, 1)
    publish_build(project)
    before = digest(project)
    rebuild(project, 2)
    command = [sys.executable, "-c", KILLED, project.root, event, str(nth)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert published_version(project.published_path) == version
    assert (digest(project) == before) == (version == 1)
    assert parquet_versions(project) == [(1,)]
    publish_build(project)
    assert published_version(project.published_path) == 2
    assert parquet_versions(project) == [(2,)]
    assert len(publications(project)) == 2
    assert not list(project.warehouse.rglob(".unfinished-*"))


def test_a_publisher_killed_at_any_moment_leaves_one_whole_publication(project):
    with duckdb.connect(project.build_path) as connection:
        connection.execute(
            "create or replace table core.lines as "
            "select i::integer as order_id, 0 as version from range(3_000_000) as numbers (i)"
        )
    rebuild(project, 1)
    publish_build(project)
    rebuild(project, 2)
    before, kills = digest(project), 0
    for hundredths in range(15, 60, 9):
        command = [sys.executable, "-c", KILLED, project.root, "never", "0"]
        process = subprocess.Popen(command)
        time.sleep(hundredths / 100)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        current = published_version(project.published_path)
        assert current == 2 or digest(project) == before
        assert len(parquet_versions(project)) == 1
    assert kills > 1
    publish_build(project)
    assert published_version(project.published_path) == 2
