"""Personal data go nowhere, and an erased user leaves no trace: the demo, read to the byte."""

import csv
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from conftest import COPIED, ROOT, copy_project

from groundwork.project import Project

GROUNDWORK = [sys.executable, "-c", "from groundwork.cli import main; main()"]
HEX_DIGEST = re.compile(r"\b[0-9a-f]{32,64}\b")
HASHES = ("md5", "sha1", "sha256")
# One who has rows of every kind in the demo; see the test that says so.
USER_QUERY = """
    select user_id
    from core.fct_orders
    where
        user_id in (select user_id from core.fct_sessions)
        and user_id in (select user_id from core.fct_events)
        and user_id in (select user_id from core.fct_survey_responses)
        and user_id in (select unit_id from staging.stg_experiments__exposures)
        and user_id in (select business_key from staging.rejected_rows where table_name = 'users')
        and order_id in (select order_id from core.fct_order_lines)
    order by length(user_id), user_id
    limit 1
"""


def groundwork(project: Project, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*GROUNDWORK, *arguments], cwd=project.root, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def published(logged, tmp_path_factory) -> Project:
    """The demo, built, published twice and shown; with a history, and a build that failed."""
    project = Project(copy_project(tmp_path_factory.mktemp("privacy") / "project"))
    for command in (["build"], ["site"]):
        finished = groundwork(project, *command)
        assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr
    return project


@pytest.fixture
def project(published: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    return Project(Path(shutil.copytree(published.root, tmp_path / "project", symlinks=True)))


@pytest.fixture(scope="module")
def addresses() -> set[str]:
    """Every e-mail address of the raw users, as delivered."""
    rows = duckdb.sql(
        f"select email from read_csv('{ROOT}/seeds/product/raw_product__users.csv', "
        "all_varchar = true) where email is not null"
    ).fetchall()
    return {address for (address,) in rows}


def relations(project: Project):
    """Yield every table that is kept outside raw: its name, its columns and a connection to it."""
    for path in sorted(project.warehouse.rglob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where schema_name != 'raw'"
            ).fetchall()
            assert len(tables) > 10, path
            for schema, table in tables:
                yield f"{path.name}: {schema}.{table}", f'"{schema}"."{table}"', connection
    with duckdb.connect() as connection:
        for path in sorted(project.warehouse.rglob("*.parquet")):
            yield str(path), f"read_parquet('{path}', hive_partitioning = false)", connection


def texts(connection, relation: str, pattern: str):
    """Yield the distinct values, of any type, whose text matches a regular expression."""
    columns = connection.execute(f"describe from {relation}").fetchall()
    for name, *_ in columns:
        rows = connection.execute(
            f'select distinct cast("{name}" as varchar) from {relation} '
            f'where regexp_matches(cast("{name}" as varchar), $1)',
            [pattern],
        ).fetchall()
        yield from ((name, value) for (value,) in rows)


def files(project: Project) -> list[Path]:
    """Every file that is kept, but for the project's own sources and the raw rows."""
    sources = {*COPIED, ".git"}
    return [
        path
        for path in project.root.rglob("*")
        if path.is_file() and path.relative_to(project.root).parts[0] not in sources
    ]


def test_no_address_is_in_any_table_or_parquet_file(published, addresses):
    found = [
        (place, column, value)
        for place, relation, connection in relations(published)
        for column, value in texts(connection, relation, "@")
        if any(word in addresses for word in re.findall(r"[^\s\"',;<>(){}\[\]]+@[\w.-]+", value))
    ]
    assert len(addresses) > 2000
    assert found == []


def test_no_plain_hash_of_an_address_is_in_any_table_or_parquet_file(published, addresses):
    spellings = {spelled for a in addresses for spelled in (a, a.lower(), a.upper(), a.strip())}
    hashed = {
        hashlib.new(name, spelled.encode()).hexdigest() for name in HASHES for spelled in spellings
    }
    seen, found = 0, []
    for place, relation, connection in relations(published):
        for column, value in texts(connection, relation, r"\b[0-9a-fA-F]{32,64}\b"):
            digests = HEX_DIGEST.findall(value.lower())
            seen += len(digests)
            found += [(place, column) for digest in digests if digest in hashed]
    assert seen > 10_000, "hashes of raw rows are there to be looked at"
    assert found == []


def test_the_hash_of_a_raw_row_leaves_its_personal_columns_out(published):
    with (ROOT / "seeds/product/raw_product__users.csv").open(encoding="utf-8") as file:
        rows = [
            {name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)
        ]
    with duckdb.connect(str(published.build_path), read_only=True) as connection:
        hashes = {
            digest
            for (digest,) in connection.execute(
                "select raw_row_hash from staging.base_product__users"
            ).fetchall()
        }
    names = [name for name in rows[0] if name != "email"]
    without = [hash_of(row[name] for name in names) for row in rows]
    whole = [hash_of(row.values()) for row in rows if row["email"]]
    assert len(whole) > 2000
    assert hashes == set(without)
    assert hashes.isdisjoint(whole)


def hash_of(values) -> str:
    return hashlib.md5("\x1f".join(values).encode()).hexdigest()


def test_no_address_is_in_any_file_but_the_seeds_and_their_copy(published, addresses):
    looked_at = files(published)
    kinds = {path.suffix for path in looked_at}
    assert {".sql", ".json", ".log", ".html", ".parquet", ".duckdb"} <= kinds
    # the demo's addresses are those of one domain, and no other text has it
    domains = {address.rpartition("@")[2].lower().encode() for address in addresses}
    assert domains == {b"example.com"}
    holding = {
        path.relative_to(published.root)
        for path in looked_at
        if b"@example.com" in path.read_bytes().lower()
    }
    assert holding <= {Path("warehouse/build.duckdb")}


def writable(project: Project) -> list[Path]:
    """Return the published files that can be written."""
    kept = [path for path in project.publications.rglob("*.*") if path.is_file()]
    assert {path.suffix for path in kept} == {".duckdb", ".parquet"}
    return [path for path in (*kept, project.published_path) if path.stat().st_mode & 0o222]


def test_published_files_are_read_only(published):
    assert writable(published) == []


# --- erasing ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def user(published) -> str:
    """The user to be erased, who has rows of every kind."""
    with duckdb.connect(str(published.build_path), read_only=True) as connection:
        return connection.execute(USER_QUERY).fetchall()[0][0]


def keep_more(project: Project, user: str) -> None:
    """Let more be kept of the user: a history, a sample, a page, an older publication."""
    history = project.warehouse / "history"
    samples = {
        "test_failures/run-1": f"""
            select 'unique_users' as test_name, '{user}' as failing_key,
                '{{"user_id": "{user}", "session_id": "s1"}}' as failing_row, 1 as failures
            union all
            select 'unique_users', '{user}0', '{{"user_id": "{user}0"}}', 2
        """,
        "test_failures/run-2": f"select 'x' as test_name, 'Got 1 row: {user}.' as message",
        "test_failures/run-3": "select 'x' as test_name, 'nobody' as message",
        "failing_keys/a": f"select ['{user}', 'u0'] as keys, {{'user': '{user}'}} as deep "
        "union all select ['u0'], {'user': 'u0'}",
        "users/b": f"select '{user}' as user_id, 7 as orders union all select 'u0', 8",
    }
    for name, query in samples.items():
        path = history / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(f"copy ({query}) to '{path}' (format parquet)")
    (history / "notes.json").write_text(f'{{"last": "{user}", "other": "{user}0"}}')
    shutil.copy(project.build_path, project.sample_path)
    (project.root / "site/note.html").write_text(f"<p>{user}</p>")
    (project.root / "logs/dbt.log").open("a").write(f"failing: {user}\n")
    name = next(project.publications.glob("[!.]*")).name
    older = project.publications / f"20000101{name[8:]}"
    shutil.copytree(project.publications / name, older)
    database = older / "groundwork.duckdb"
    database.chmod(0o644)
    with duckdb.connect(str(database)) as connection:
        connection.execute("update publication set publication_id = $1", [older.name])
    database.chmod(0o444)


def traces(project: Project, user: str) -> list[str]:
    """Find a user wherever they are kept: in values of any type, and in the bytes of files."""
    word = rf"(^|[^0-9A-Za-z]){re.escape(user)}($|[^0-9A-Za-z])"
    found = [
        f"{place}.{column}: {value[:80]}"
        for place, relation, connection in relations(project)
        for column, value in texts(connection, relation, word)
    ]
    pattern = re.compile(word.encode())
    # a packed column is read above; its bytes are not text
    packed = {".duckdb", ".parquet"}
    found += [
        str(path)
        for path in files(project)
        if path.suffix not in packed and pattern.search(path.read_bytes())
    ]
    return found


def test_an_erased_user_leaves_no_trace(project, user):
    keep_more(project, user)
    before = traces(project, user)
    kept = ("build.duckdb", "sample.duckdb", "groundwork.duckdb", "history", "note.html", "dbt.log")
    for place in kept:
        assert any(place in trace for trace in before), place
    finished = groundwork(project, "erase", "--user", user)
    assert finished.returncode == 0, finished.stderr
    assert traces(project, user) == []
    assert not project.build_path.exists() and not project.sample_path.exists()

    raw = {
        "product.users": ("users", "user_id"),
        "product.orders": ("orders", "user_id"),
        "product.sessions": ("sessions", "user_id"),
        "product.events": ("events", "user_id"),
        "product.survey_responses": ("survey_responses", "user_id"),
    }
    for path, (table, column) in raw.items():
        seed = f"seeds/product/raw_product__{table}.csv"
        ((count,),) = duckdb.sql(
            f"select count(*) from read_csv('{project.root}/{seed}', all_varchar = true) "
            f"where trim({column}) = '{user}'"
        ).fetchall()
        assert count and f"{path}: {count} row" in finished.stdout and seed in finished.stdout
    assert "product.order_lines: " in finished.stdout
    assert "experiments.exposures: " in finished.stdout


def test_erasing_leaves_all_that_is_not_the_users(project, published, user):
    keep_more(project, user)
    assert groundwork(project, "erase", "--user", user).returncode == 0
    with duckdb.connect(str(published.published_path), read_only=True) as connection:
        connection.execute(f"attach '{project.published_path}' as erased (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = 'groundwork' and schema_name != 'main'"
        ).fetchall()
        changed = set()
        for schema, table in tables:
            columns = connection.execute(f"describe {schema}.{table}").fetchall()
            theirs = "user_id" in {column[0] for column in columns}
            kept = f"where user_id is distinct from '{user}'" if theirs else ""
            before = f"from {schema}.{table} {kept}"
            parquet = f"from '{project.parquet_path}/{schema}/{table}.parquet'"
            for after in (f"from erased.{schema}.{table}", parquet):
                for one, other in ((before, after), (after, before)):
                    query = f"({one}) except all ({other}) limit 1"
                    assert connection.execute(query).fetchall() == [], (schema, table)
            if connection.execute(
                f"select (select count(*) from {schema}.{table}) "
                f"- (select count(*) from erased.{schema}.{table})"
            ).fetchall() != [(0,)]:
                changed.add(table)
        assert changed == {
            "dim_users",
            "fct_events",
            "fct_order_lines",
            "fct_orders",
            "fct_sessions",
            "fct_survey_responses",
            "recommended_items",
        }
        facts = connection.execute(
            "select publication_id, table_name, row_count from erased.publication "
            "where table_name = 'dim_users'"
        ).fetchall()
        ((users,),) = connection.execute("select count(*) from erased.core.dim_users").fetchall()
        described = "select comment from duckdb_columns() where database_name = '{}' order by all"
        assert (
            connection.execute(described.format("groundwork")).fetchall()
            == connection.execute(described.format("erased")).fetchall()
        )
    names = [path.name for path in project.publications.iterdir()]
    assert len(names) == 2 and all(name.endswith(".2") for name in names)
    assert facts == [(max(names), "dim_users", users)]
    assert writable(project) == []

    history = project.warehouse / "history"
    read = "select * from '{}/{}.parquet' order by all"
    rows = {
        name: duckdb.sql(read.format(history, name)).fetchall()
        for name in ("test_failures/run-1", "test_failures/run-2", "failing_keys/a", "users/b")
    }
    assert rows == {
        "test_failures/run-1": [
            ("unique_users", "(erased)", '{"user_id": "(erased)", "session_id": "s1"}', 1),
            ("unique_users", f"{user}0", f'{{"user_id": "{user}0"}}', 2),
        ],
        "test_failures/run-2": [("x", "Got 1 row: (erased).")],
        "failing_keys/a": [(["u0"], {"user": "u0"})],
        "users/b": [("u0", 8)],
    }
    notes = (history / "notes.json").read_text()
    assert notes == f'{{"last": "(erased)", "other": "{user}0"}}'


@pytest.mark.soak
def test_the_next_build_has_the_values_without_the_user(project, published, user):
    assert groundwork(project, "erase", "--user", user).returncode == 0
    with (project.root / "seeds/product/raw_product__orders.csv").open(encoding="utf-8") as file:
        orders = {row["order_id"] for row in csv.DictReader(file) if row["user_id"] == user}
    for seed in (project.root / "seeds").rglob("raw_*.csv"):
        lines = seed.read_text(encoding="utf-8").splitlines(keepends=True)
        gone = {user, *orders}
        seed.write_text("".join(x for x in lines if gone.isdisjoint(x.strip().split(","))))
    finished = groundwork(project, "build")
    assert finished.returncode == 0, finished.stdout[-3000:]
    finished = groundwork(project, "erase", "--user", user)
    assert finished.returncode == 1 and "no raw row and nothing that groundwork keeps" in (
        finished.stderr
    )
    total = (
        "select sum(metric_value) from {}.metrics.metric_values "
        "where metric_name = 'gross_revenue' and grain = 'month' and dimension_name = 'total'"
    )
    with duckdb.connect(str(published.published_path), read_only=True) as connection:
        connection.execute(f"attach '{project.published_path}' as later (read_only)")
        ((before, theirs, after),) = connection.execute(
            f"select ({total.format('groundwork')}), (select sum(gross_amount) "
            "from groundwork.core.fct_orders where user_id = $1 and not is_cancelled), "
            f"({total.format('later')})",
            [user],
        ).fetchall()
    assert theirs > 0
    assert after == pytest.approx(before - float(theirs), abs=0.001)


def test_an_erasure_that_is_killed_can_be_repeated(project, published, user):
    keep_more(project, user)
    command = [*GROUNDWORK, "erase", "--user", user]
    trial = shutil.copytree(project.root, project.root.with_name("trial"), symlinks=True)
    started = time.monotonic()
    subprocess.run(command, cwd=trial, check=True, capture_output=True)
    seconds = time.monotonic() - started
    kills = 0
    ended = False
    while not ended:  # each time a fifth of the way further, until one is not killed any more
        process = subprocess.Popen(
            command, cwd=project.root, start_new_session=True, stdout=subprocess.DEVNULL
        )
        try:
            process.wait(seconds * (kills + 1) / 5)
            ended = True
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        with duckdb.connect(str(project.published_path), read_only=True) as connection:
            counts = connection.execute(
                "select count(*) filter (user_id = $1) from core.fct_orders "
                "union select count(*) filter (user_id = $1) from core.fct_events",
                [user],
            ).fetchall()
        assert all(count == 0 for (count,) in counts) or all(count for (count,) in counts)
    assert kills > 1
    finished = groundwork(project, "erase", "--user", user)
    assert finished.returncode == 0, finished.stderr
    assert traces(project, user) == []
    assert not list(project.warehouse.rglob(".unfinished-*"))
    assert len(list(project.publications.iterdir())) == 2
