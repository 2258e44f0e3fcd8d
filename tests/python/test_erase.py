"""`groundwork erase` on small projects: which rows and texts are a user's, and what stays."""

import json
import re
import subprocess
import sys
from textwrap import dedent

import duckdb
import pytest
from click.testing import CliRunner

from groundwork.cli import main
from groundwork.lock import warehouse_lock
from groundwork.project import Project
from groundwork.publish import publications

CONTRACT = """
sources:
  - name: shop
    config: {meta: {required: true}}
    tables:
      - name: users
        config: {meta: {kind: entity, key: [user_id]}}
        columns:
          - {name: user_id, data_type: text, config: {meta: {user: true}}}
          - {name: email, data_type: text, config: {meta: {personal: true}}}
      - name: orders
        config: {meta: {required: true, kind: event, key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: user_id, data_type: text, config: {meta: {user: true}}}
          - {name: remark, data_type: text}
      - name: lines
        config: {meta: {kind: event, key: [order_id, line_id]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: line_id, data_type: integer}
"""
# Each id with others that are not it: it begins them, ends them, or has the same characters.
IDS = {
    "u1": ["u10", "xu1", "u1-b", "u1.5", "u_1", "U1"],
    "o'hara; drop table x --1": ["o'hara", "o'hara; drop table x --12"],
    "50%_1": ["50xy1", "50%_12", "500_1"],
    'say "1"\\2': ['say "1"', 'say "1"\\23'],
    "a.b+c1@d.e": ["axb+c1@d.e", "a.b+c1@d.ef", "a.b+cc1@d.e"],
    "ü-7": ["ü-77", "u-7", "Ü-7"],
    "42": ["420", "142", "4.2"],
    "anna": ["annabel", "joanna", "Anna"],
    "(.*)1": ["x1", "(.*)12", "(..)1"],
}


@pytest.fixture
def project(tmp_path):
    """A project that has delivered no rows yet."""
    files = {
        "dbt_project.yml": """
            name: small
            vars: {raw_path: raw, absent: []}
            models: {small: {marts: {+schema: core}}}
            seeds: {small: {+schema: raw}}
        """,
        "models/staging/shop/_shop__sources.yml": CONTRACT,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    (tmp_path / "warehouse/publications").mkdir(parents=True)
    return Project(tmp_path)


def erase(project, user, *options):
    arguments = ["erase", "--project-dir", str(project.root), "--user", user, *options]
    return CliRunner().invoke(main, arguments)


def deliver(project, users):
    """Deliver two orders of each user, with two lines each."""
    folder = project.root / "raw/shop"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("create table users (user_id varchar, email varchar)")
        connection.executemany(
            "insert into users values ($1, $2)",
            [[user, f"{i}@example.com"] for i, user in enumerate(users)],
        )
        connection.execute(
            """
            create table orders as
            select
                (row_number() over (order by user_id) * 2 + i)::varchar || '-order' as order_id,
                user_id,
                case when i = 0 then 'none' end as remark
            from users, range(2) t (i);
            create table lines as
            select order_id, i as line_id from orders, range(2) t (i)
            """
        )
        for table in ("users", "orders", "lines"):
            connection.execute(f"copy {table} to '{folder}/{table}.csv' (header)")


def build(project, path=None):
    """Write what a build and its publication would: facts, a log of texts, Parquet files."""
    path = path or project.build_path
    raw = project.root / "raw/shop"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            create schema core;
            create table core.orders as
                select *, user_id as user_key from read_csv('{raw}/orders.csv', all_varchar = true);
            create table core.lines as from read_csv('{raw}/lines.csv');
            create table core.totals as select 42 as orders, '42' as text_of_it, 'anna' as word;
            """
        )


def publish(project, name="20260101T000000000Z-aaaaaaaa"):
    folder = project.publications / name
    folder.mkdir()
    path = folder / "groundwork.duckdb"
    build(project, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table publication as select $1 as publication_id, 'core' as schema_name, "
            "table_name, 0 as row_count from duckdb_tables()",
            [name],
        )
    path.chmod(0o444)
    project.published_path.unlink(missing_ok=True)
    project.published_path.hardlink_to(path)


def write_history(project, rows):
    """Write rows of (test name, failing key, failing row, message) as the history keeps them."""
    path = project.history_path / "failures/1.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            "create table failures "
            "(name varchar, key varchar, row json, message varchar, n integer)"
        )
        connection.executemany("insert into failures values ($1, $2, $3, $4, 42)", rows)
        connection.execute(f"copy failures to '{path}' (format parquet)")
    return path


@pytest.mark.parametrize("user", IDS)
def test_exactly_the_users_rows_and_texts_go(project, user):
    others = IDS[user]
    deliver(project, [user, *others])
    build(project)
    publish(project)
    keys = [user, *others]
    path = write_history(
        project,
        [
            [f"{number}", key, json.dumps({"order_id": "1", "user_id": key}), f"failing: {key}."]
            for number, key in enumerate(keys)
        ],
    )
    result = erase(project, user)
    assert result.exit_code == 0, result.output
    assert "shop.users: 1 row in raw/shop/users.csv" in result.output
    assert "shop.orders: 2 rows in raw/shop/orders.csv" in result.output
    assert "shop.lines: 4 rows in raw/shop/lines.csv" in result.output
    with duckdb.connect(str(project.published_path), read_only=True) as connection:
        kept = connection.execute("select distinct user_id from core.orders").fetchall()
        lines = connection.execute("select count(*) from core.lines").fetchall()
        totals = connection.execute("from core.totals").fetchall()
        counts = dict(
            connection.execute("select table_name, row_count from publication").fetchall()
        )
    assert {key for (key,) in kept} == set(others)
    assert lines == [(4 * len(others),)]
    assert totals == [(42, "42", "anna")], "the words and numbers of others stay"
    assert counts["orders"] == 2 * len(others) and counts["lines"] == 4 * len(others)

    rows = duckdb.sql(f"select name, key, row, message, n from '{path}' order by name").fetchall()
    assert [row[4] for row in rows] == [42] * len(keys)
    for (_, key, row, message, _), was in zip(rows[1:], others, strict=True):
        assert (key, json.loads(row)["user_id"], message) == (was, was, f"failing: {was}.")
    _, key, row, message, _ = rows[0]
    assert json.loads(row) == {"order_id": "1", "user_id": "(erased)"}
    says_too_little = user.isdigit() or user.isalpha()
    assert (key == user) == says_too_little and (user in message) == says_too_little


def test_a_history_in_another_place_is_rewritten(project, tmp_path, monkeypatch):
    monkeypatch.setenv("GROUNDWORK_HISTORY_PATH", str(tmp_path / "elsewhere"))
    path = write_history(project, [["a", "u1", "{}", "x"], ["b", "u2", "{}", "x"]])
    assert path.is_relative_to(tmp_path / "elsewhere")
    result = erase(project, "u1")
    assert result.exit_code == 0, result.output
    keys = duckdb.sql(f"select key from '{path}' order by name").fetchall()
    assert keys == [("(erased)",), ("u2",)]


def test_an_unknown_user_gives_one_line_and_changes_nothing(project):
    deliver(project, ["u1", "u2"])
    build(project)
    publish(project)
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    for user in ("u", "u11", "%", "u_", "U1", " "):
        result = erase(project, user)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    before.pop(project.warehouse / ".lock", None), after.pop(project.warehouse / ".lock")
    assert after == before


def test_spaces_around_the_id_do_not_hide_it(project):
    deliver(project, [" u1 ", "u2"])
    assert "shop.users: 1 row in raw/shop/users.csv" in erase(project, "u1").output


def test_a_user_of_whom_raw_has_nothing_any_more_is_erased(project):
    deliver(project, ["u1", "u2"])
    build(project)
    publish(project)
    deliver(project, ["u2"])
    result = erase(project, "u1")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "no raw row of the user is left in raw"
    assert erase(project, "u1").exit_code == 1


def test_what_a_tool_loaded_into_the_build_file_stays_and_is_named(project):
    deliver(project, ["u1", "u2"])
    build(project)
    raw = project.root / "raw/shop"
    with duckdb.connect(str(project.build_path)) as connection:
        connection.execute(
            f"""
            create schema raw;
            create table raw.users (user_id varchar primary key, email varchar not null);
            insert into raw.users from read_csv('{raw}/users.csv');
            create table raw.orders as from read_csv('{raw}/orders.csv');
            create index by_user on raw.orders (user_id);
            create schema tool;
            create table tool.log as select 'u1 came' as message union all select 'u2 came';
            create view tool.seen as from tool.log;
            """
        )
    variables = "{raw_path: '', raw_schema: {shop: raw}, absent: [shop.lines]}"
    result = erase(project, "u1", "--vars", variables)
    assert result.exit_code == 0, result.output
    assert "shop.users: 1 row in raw.users of warehouse/build.duckdb" in result.output
    assert "shop.orders: 2 rows in raw.orders of warehouse/build.duckdb" in result.output
    assert "tool.log: 1 row in warehouse/build.duckdb" in result.output
    with duckdb.connect(str(project.build_path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables() order by all"
        ).fetchall()
        assert tables == [("raw", "orders", 4), ("raw", "users", 2), ("tool", "log", 2)]
        assert connection.execute("select count(*) from tool.seen").fetchall() == [(2,)]
        assert connection.execute("select index_name from duckdb_indexes()").fetchall() == [
            ("by_user",)
        ]
        kinds = connection.execute(
            "select constraint_type from duckdb_constraints() where table_name = 'users'"
        ).fetchall()
    assert ("PRIMARY KEY",) in kinds


def test_only_the_publications_that_hold_the_user_are_written_anew(project):
    deliver(project, ["u2"])
    publish(project, "20260101T000000000Z-aaaaaaaa")
    deliver(project, ["u1", "u2"])
    publish(project, "20260102T000000000Z-bbbbbbbb")
    assert erase(project, "u1").exit_code == 0
    assert publications(project) == [
        "20260101T000000000Z-aaaaaaaa",
        "20260102T000000000Z-bbbbbbbb.2",
    ]
    assert erase(project, "u2").exit_code == 0
    assert publications(project) == [
        "20260101T000000000Z-aaaaaaaa.2",
        "20260102T000000000Z-bbbbbbbb.3",
    ]


def test_a_published_file_that_is_none_of_those_kept_is_written_anew(project):
    deliver(project, ["u1", "u2"])
    publish(project)
    subprocess.run(["rm", "-r", *project.publications.iterdir()], check=True)
    assert erase(project, "u1").exit_code == 0
    with duckdb.connect(str(project.published_path), read_only=True) as connection:
        assert connection.execute("select distinct user_id from core.orders").fetchall() == [
            ("u2",)
        ]


def test_files_that_are_not_groundworks_are_named(project):
    deliver(project, ["u1", "u2"])
    (project.warehouse / "export.csv").write_text("user_id\nu1\n")
    (project.warehouse / "other.csv").write_text("user_id\nu10\n")
    output = erase(project, "u1").output
    assert "warehouse/export.csv names the user" in output and "other.csv" not in output


def test_a_build_that_runs_is_waited_for_or_named(project):
    deliver(project, ["u1"])
    with warehouse_lock(project):
        result = erase(project, "u1", "--wait", "0.3")
    assert result.exit_code == 1
    assert result.output.startswith("Error: the warehouse is in use by process ")
    build(project)
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1); time.sleep(60)"
    command = [sys.executable, "-uc", code, project.build_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        result = erase(project, "u1")
        process.kill()
    assert result.exit_code == 1
    assert result.output.startswith("Error: warehouse/build.duckdb cannot be opened (IO Error")
    assert project.build_path.exists()


def test_a_history_that_cannot_be_read_is_named(project):
    deliver(project, ["u1"])
    path = write_history(project, [["a", "u1", "{}", "x"]])
    path.write_bytes(b"PAR1 and no more")
    result = erase(project, "u1")
    assert result.exit_code == 1
    assert re.match(
        r"Error: warehouse/history/failures/1.parquet cannot be read \(.*\); put it back or remove",
        result.output,
    )


def test_a_contract_that_marks_no_user_is_named(project):
    path = project.root / "models/staging/shop/_shop__sources.yml"
    path.write_text(CONTRACT.replace("user: true", "user: false"))
    result = erase(project, "u1")
    assert result.exit_code == 1 and "mark them with `meta: {user: true}`" in result.output


def test_raw_is_where_the_last_build_read_it(project):
    deliver(project, ["u1", "u2"])
    (project.root / "raw").rename(project.root / "elsewhere")
    assert erase(project, "u1").exit_code == 1
    artifacts = {
        "run_results.json": {
            "metadata": {"invocation_id": "x", "invocation_started_at": "", "generated_at": ""},
            "args": {"which": "build", "vars": {"raw_path": "elsewhere"}},
            "results": [],
        },
        "manifest.json": {
            "metadata": {"invocation_id": "x", "adapter_type": "duckdb", "env": {}},
            **{"nodes": {}, "unit_tests": {}, "disabled": {}},
        },
    }
    project.target.mkdir()
    for name, content in artifacts.items():
        (project.target / name).write_text(json.dumps(content))
    output = erase(project, "u1").output
    assert "shop.users: 1 row in elsewhere/shop/users.csv" in output
    assert "removed target" in output
