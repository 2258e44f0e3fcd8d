"""What disks and databases refuse: one line each, nothing published, and the next run repairs."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys

import duckdb
import pytest
from tiny_project import built_project, copied, groundwork, published_version, rebuild

from groundwork.publish import publications, publish_build

BLOCK_BYTES = 262_144
HEADER_BYTES = 12_288
MANY_ROWS = "select i as order_id, hash(i) as version from range(2_000_000) as numbers (i)"
GROUNDWORK = [sys.executable, "-c", "from groundwork.cli import main; main()"]


@pytest.fixture(scope="module")
def built(logged, tmp_path_factory):
    return built_project(tmp_path_factory.getbasetemp() / "tiny")


@pytest.fixture
def project(built, tmp_path):
    """A project that was built and published."""
    project = copied(built, tmp_path / "project")
    publish_build(project)
    return project


def assert_one_line(result, *parts):
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1, result.output
    for part in parts:
        assert part in result.output


def checksum(data):
    """DuckDB's checksum of a block whose length is a multiple of eight."""
    words = (int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8))
    total = 5381
    for word in words:
        total ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return total.to_bytes(8, "little")


def make_folder(path):
    path.unlink()
    path.mkdir()


def cut_header(path):
    os.truncate(path, 8000)


def spoil_blocks(path):
    content = bytearray(path.read_bytes())
    for place in range(HEADER_BYTES + 100, len(content), 4096):
        content[place : place + 64] = bytes(64)
    path.write_bytes(content)


def write_sqlite(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("create table orders (order_id text)")
        connection.commit()


def write_newer(path):
    content = bytearray(path.read_bytes())
    assert checksum(content[8:4096]) == content[:8], "the header is no longer known"
    content[12:20] = (1000).to_bytes(8, "little")
    content[:8] = checksum(content[8:4096])
    path.write_bytes(content)


BROKEN = {
    "folder": (make_folder, "(it is a folder)"),
    "cut": (cut_header, "(IO Error: Could not read enough bytes from file"),
    "spoiled": (spoil_blocks, "(Corrupt database file: computed checksum"),
    "sqlite": (write_sqlite, "(it is not a valid DuckDB database file)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_build_file_gives_one_line_and_can_be_cleaned(project, name):
    break_it, reason = BROKEN[name]
    break_it(project.build_path)
    for command in ("build", "publish"):
        assert_one_line(
            groundwork(project, command),
            f"warehouse/build.duckdb cannot be opened {reason}",
            "; remove the file (`groundwork clean`) and build again",
        )
    assert groundwork(project, "clean").exit_code == 0
    assert not project.build_path.exists()
    assert published_version(project.published_path) == 0


def test_a_build_file_of_a_newer_duckdb_is_named_and_never_removed(project):
    write_newer(project.build_path)
    for command in ("build", "publish", "clean"):
        assert_one_line(
            groundwork(project, command),
            "warehouse/build.duckdb cannot be opened (IO Error: Trying to read a database file "
            "with storage version number 1000",
            "; open it with the DuckDB that wrote it, or remove the file yourself",
        )
    assert project.build_path.exists()


WRITER = (
    "import duckdb, os, sys\n"
    "connection = duckdb.connect(sys.argv[1])\n"
    "connection.execute('update core.orders set version = 99')\n"
    "connection.execute('update core.lines set version = 99')\n"
    "os._exit(0)\n"
)


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, -1])
def test_a_torn_log_beside_the_build_file_is_repaired_by_the_next_build(project, kept):
    subprocess.run([sys.executable, "-c", WRITER, project.build_path], check=True)
    log = project.build_path.with_name("build.duckdb.wal")
    size = log.stat().st_size
    os.truncate(log, int(size * kept) if isinstance(kept, float) else kept % size)
    result = groundwork(project, "build")
    assert result.exit_code == 0, result.output
    assert not log.exists()
    assert published_version(project.published_path) == 0


def find_block_of(path, table):
    """Spoil the one block that is read with a table's rows but not when the file is opened."""
    content = path.read_bytes()
    for place in range(HEADER_BYTES, len(content), BLOCK_BYTES):
        spoiled = bytearray(content)
        spoiled[place + 5000 : place + 5064] = bytes(range(64))
        path.write_bytes(spoiled)
        with contextlib.suppress(duckdb.Error), duckdb.connect(path, read_only=True) as connection:
            try:
                connection.execute(f"select sum(version) from {table}").fetchall()
            except duckdb.Error:
                return
    raise AssertionError("every block can be read")


def test_a_block_that_dbt_finds_spoiled_gives_its_remedy(project):
    model = project.root / "models/intermediate/int_versions.sql"
    model.write_text(
        "{{ config(materialized='incremental') }}\n"
        f"select order_id, version // 2 as version from ({MANY_ROWS})\n"
        "{% if is_incremental() %}\n"
        "where version > (select sum(version) from {{ this }})\n"
        "{% endif %}\n"
    )
    assert groundwork(project, "build").exit_code == 0
    find_block_of(project.build_path, "intermediate.int_versions")
    result = groundwork(project, "build")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    *_, error = result.output.splitlines()
    assert error.startswith("Error: ") and "remove the file (`groundwork clean`)" in error
    assert error.endswith("what was published stays as it was")
    assert groundwork(project, "clean").exit_code == 0
    assert groundwork(project, "build").exit_code == 0


@pytest.mark.parametrize("in_place", [False, True], ids=["replaced", "in place"])
def test_a_broken_published_file_is_named_and_mended_by_publishing(project, in_place):
    path = project.published_path
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 100 :: 4096] = bytes(len(content[HEADER_BYTES + 100 :: 4096]))
    if not in_place:
        path.unlink()
    else:
        path.chmod(0o644)
    path.write_bytes(content)
    assert_one_line(
        groundwork(project, "site"),
        "warehouse/groundwork.duckdb cannot be opened (Corrupt database file",
        "; publish again (`groundwork publish`)",
    )
    result = groundwork(project, "publish")
    assert result.exit_code == 0, result.output
    assert published_version(path) == 0
    assert len(publications(project)) == (2 if in_place else 1)


def test_going_back_to_a_damaged_publication_is_refused(project):
    first = project.publications / publications(project)[0] / "groundwork.duckdb"
    rebuild(project, 1)
    publish_build(project)
    first.chmod(0o644)
    spoil_blocks(first)
    assert_one_line(groundwork(project, "publish", "--rollback"), "is damaged (Corrupt database")
    assert published_version(project.published_path) == 1


@pytest.mark.parametrize("name", ["run_results.json", "manifest.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"metadata": null}', "\x00\xff"])
def test_artifacts_that_are_none_give_one_line(project, name, content):
    (project.target / name).write_bytes(content.encode("latin-1"))
    assert_one_line(
        groundwork(project, "publish"),
        "target has no readable run_results.json and manifest.json of a dbt build; "
        "run `groundwork build`",
    )


def test_settings_that_are_no_yaml_give_one_line_for_the_site(project):
    (project.root / "dbt_project.yml").write_text("name: [")
    assert_one_line(groundwork(project, "site"), "dbt_project.yml cannot be read (while parsing")


@contextlib.contextmanager
def small_disk(folder, size, room):
    """Leave a folder `room` bytes, on a disk of its own of that size where one may be mounted.

    Yields what limits a process otherwise, and a function that makes room.
    """
    kept = folder.with_name(f"{folder.name}-kept")
    folder.mkdir(exist_ok=True)
    shutil.copytree(folder, kept, symlinks=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)), lambda: None
        return
    try:
        shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
        filler = folder / "filler"
        free = os.statvfs(folder)
        filler.write_bytes(bytes(max(free.f_bavail * free.f_frsize - room, 0)))
        yield None, filler.unlink
    finally:
        subprocess.run(["umount", folder], check=True)


FULL_DISKS = {
    "nothing": ("warehouse", 0, "warehouse/.lock cannot be written ("),
    "in the middle": ("warehouse", 4_000_000, "Could not write file"),
    "artifacts": ("target", 8_192, "dbt stopped ("),
    "before artifacts": ("target", 0, "target cannot be written ("),
    "log": ("logs", 8_192, "logs cannot be written ("),
}


@pytest.mark.parametrize("name", FULL_DISKS)
def test_a_full_disk_gives_one_line_and_the_next_build_repairs(project, name):
    folder, room, reason = FULL_DISKS[name]
    (project.root / "models/intermediate/int_many.sql").write_text(MANY_ROWS)
    if folder != "warehouse":
        shutil.rmtree(project.root / folder, ignore_errors=True)
    before = project.published_path.read_bytes()
    command = [*GROUNDWORK, "build"]
    with small_disk(project.root / folder, "60m", room) as (limit, make_room):
        finished = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, preexec_fn=limit
        )
        assert finished.returncode == 1
        assert "Traceback" not in finished.stdout + finished.stderr
        *_, error = finished.stderr.splitlines()
        assert error.startswith("Error: ") and "make room on the disk" in error, error
        assert limit or reason in finished.stderr
        assert project.published_path.read_bytes() == before
        make_room()
        subprocess.run(command, cwd=project.root, check=True, capture_output=True)
        with duckdb.connect(project.build_path, read_only=True) as connection:
            query = f"(from intermediate.int_many) except ({MANY_ROWS})"
            assert connection.execute(query).fetchall() == []


def test_a_disk_that_fills_up_while_publishing_leaves_what_was_published(project):
    with duckdb.connect(project.build_path) as connection:
        connection.execute(f"create or replace table core.lines as {MANY_ROWS}")
    rebuild(project, 1)
    before = project.published_path.read_bytes()
    with small_disk(project.warehouse, "60m", 4_000_000) as (limit, make_room):
        command = [*GROUNDWORK, "publish"]
        finished = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, preexec_fn=limit
        )
        assert finished.returncode == 1
        assert finished.stderr.startswith("Error: publishing failed (")
        assert "Could not write file" in finished.stderr
        assert finished.stderr.count("\n") == 1 and "make room on the disk" in finished.stderr
        assert project.published_path.read_bytes() == before
        assert not list(project.warehouse.rglob(".unfinished-*/*.*"))
        make_room()
        assert groundwork(project, "publish").exit_code == 0
        assert published_version(project.published_path) == 1


@contextlib.contextmanager
def read_only(folder):
    """Keep a folder from being written: by its mount, by its mode where that binds, or for good."""
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode
    )
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    elif os.geteuid():
        folder.chmod(0o555)
    else:
        folder.rename(folder.with_name("moved"))
        folder.symlink_to("/proc/self")
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        elif not folder.is_symlink():
            folder.chmod(0o755)


@pytest.mark.parametrize("name", ["warehouse", "target", "logs", "publications"])
def test_a_folder_that_cannot_be_written_gives_one_line(project, name):
    folder = project.publications if name == "publications" else project.root / name
    commands = {"warehouse": ["build", "publish", "clean"], "publications": ["publish"]}
    rebuild(project, 1)
    (project.root / "logs").mkdir(exist_ok=True)
    with read_only(folder):
        results = [groundwork(project, command) for command in commands.get(name, ["build"])]
    for result in results:
        assert_one_line(result, "see that file and folder can be")
    assert published_version(project.published_path) == 0
