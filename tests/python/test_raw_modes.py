"""Where raw rows come from makes no difference, and what a company lacks is an empty table.

Seeds, CSV files, Parquet files and tables of an EL tool give the same warehouse on a machine in any
time zone; orders alone build; every raw row is accepted or set aside with its reason.
"""

from __future__ import annotations

import csv
import doctest
import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Build, copy_project, run_dbt

from groundwork.contract import Table, read_contract
from groundwork.generator.generate import Request, generate

CONTRACT = read_contract(ROOT)
TABLES = [table for source in CONTRACT for table in source.tables]
TABLE_PATHS = [table.path for table in TABLES]
COMPARED = """
    select table_schema || '.' || table_name
    from information_schema.tables
    where
        table_catalog = 'build'
        and (table_schema in ('core', 'metrics', 'experiments') or table_name = 'rejected_rows')
"""
BUILT = [
    *("run", "--select", "+rejected_rows"),
    *(f"+path:models/marts/{room}" for room in ("core", "metrics", "experiments")),
]
# The raw row as it was delivered: a timestamp of an EL tool is not the text of a CSV file.
AS_DELIVERED = {"raw_row", "raw_row_hash"}
# PAGE is the documentation; its section WORKED_EXAMPLE shows commands and what they print.
PAGE = ROOT / "docs" / "bring_your_own_data.md"
WORKED_EXAMPLE = "## A worked example"


def seed_of(table: Table) -> Path:
    return ROOT / "seeds" / table.source / f"raw_{table.source}__{table.name}.csv"


def succeeded(build: Build) -> Build:
    assert build.exit_code == 0, build.output[-5000:]
    return build


def snapshot(build: Build, path: Path) -> Path:
    """Copy the tables that are compared: the next build overwrites them."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{build.database}' as build (read_only)")
        connection.execute(f"attach '{path}' as kept")
        for (table,) in connection.execute(COMPARED).fetchall():
            connection.execute(f'create table kept."{table}" as from build.{table}')
    return path


def differences(expected: Path, actual: Path, ignored: set[str]) -> dict[str, object]:
    """Compare two snapshots row by row: rows of one side only, by table."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{expected}' as expected (read_only)")
        connection.execute(f"attach '{actual}' as actual (read_only)")
        columns = {side: columns_of(connection, side, ignored) for side in ("expected", "actual")}
        if columns["expected"] != columns["actual"]:
            return {"columns": columns}
        assert len(columns["expected"]) > 10, columns
        found = {}
        for table, types in columns["expected"].items():
            select = f"select {', '.join(types)} from"
            for side, other in (("expected", "actual"), ("actual", "expected")):
                rows = connection.execute(
                    f'{select} {side}."{table}" except all {select} {other}."{table}"'
                ).fetchall()
                if rows:
                    found[f"{table}, {side} only"] = (len(rows), rows[:3])
    return found


def columns_of(
    connection: duckdb.DuckDBPyConnection, side: str, ignored: set[str]
) -> dict[str, dict[str, str]]:
    """Types by table and column."""
    columns: dict[str, dict[str, str]] = {}
    query = (
        "select table_name, column_name, data_type from duckdb_columns()"
        f" where database_name = '{side}' order by table_name, column_index"
    )
    for table, name, data_type in connection.execute(query).fetchall():
        # loads are counted over all tables, in the order in which they happen to be built
        if name not in ignored | {"load_number"}:
            columns.setdefault(table, {})[name] = data_type
    return columns


@pytest.fixture(scope="module")
def demo_tables(demo: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(demo, tmp_path_factory.mktemp("demo_tables") / "kept.duckdb")


@pytest.fixture(scope="module")
def tables_by_mode(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demo's raw rows, built from other places and in other time zones."""
    folder = tmp_path_factory.mktemp("raw_modes")
    return {**built_from_files(folder), **built_from_el_tables(folder / "el")}


def built_from_files(folder: Path) -> dict[str, Path]:
    """Build from CSV, then once more over the same database from Parquet."""
    raw = folder / "raw"
    variables = {"raw_path": str(raw)}
    for table in TABLES:
        path = raw / table.source / f"{table.name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(seed_of(table), path)
    csv_build = run_dbt(
        *BUILT, folder=folder / "files", variables=variables, environment={"TZ": "UTC"}
    )
    succeeded(csv_build)
    kept = {"csv": snapshot(csv_build, folder / "csv.duckdb")}
    for path in raw.rglob("*.csv"):
        duckdb.execute(
            f"copy (from read_csv('{path}', all_varchar = true))"
            f" to '{path.with_suffix('.parquet')}' (format parquet)"
        )
        path.unlink()
    parquet_build = run_dbt(
        *BUILT, folder=folder / "files", variables=variables, environment={"TZ": "Asia/Seoul"}
    )
    succeeded(parquet_build)
    return {**kept, "parquet": snapshot(parquet_build, folder / "parquet.duckdb")}


def built_from_el_tables(folder: Path) -> dict[str, Path]:
    """Build from tables in a schema of the build file, stamped by their loader with an instant."""
    folder.mkdir()
    schemas = {source.name: f"loaded_{source.name}" for source in CONTRACT}
    with duckdb.connect(folder / "build.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'")
        for source in CONTRACT:
            connection.execute(f"create schema {schemas[source.name]}")
            for table in source.tables:
                connection.execute(
                    f"create table {schemas[source.name]}.{table.name} as"
                    " select * replace (cast(loaded_at as timestamptz) as loaded_at)"
                    f" from read_csv('{seed_of(table)}', all_varchar = true)"
                )
    variables = {"raw_schema": schemas}
    build = run_dbt(
        *BUILT, folder=folder, variables=variables, environment={"TZ": "America/New_York"}
    )
    return {"el_tables": snapshot(succeeded(build), folder / "kept.duckdb")}


@pytest.mark.parametrize(
    ("mode", "ignored"), [("csv", set()), ("parquet", set()), ("el_tables", AS_DELIVERED)]
)
def test_every_mode_gives_the_tables_of_the_demo(demo_tables, tables_by_mode, mode, ignored):
    assert differences(demo_tables, tables_by_mode[mode], ignored) == {}


# Orders alone, without a loaded_at. In Seoul, 9 hours ahead of UTC, the first order falls into the
# last minute of 1 March and the second into the first second of 2 March; the fourth belongs to
# April. The last order sets as_of to its own day in Seoul, 3 April, which is not counted yet.
ORDERS = """
order_id,user_id,ordered_at,gross_amount,status,refunded_at
o1,u1,2025-03-01 14:59:59,10,paid,
o2,u1,2025-03-01 15:00:00,20,paid,
o3,u2,2025-03-02T10:00:00+09:00,30,paid,
o4,,2025-03-31 15:30:00,40,refunded,2025-04-01 15:30:00
o5,u3,2025-04-01 16:00:00,50,paid,
o6,u2,2025-04-02 20:00:00,60,paid,
o7,u2,yesterday,70,paid,
""".lstrip()
# Refunded more than a day after it was ordered; it counts for nothing else here.
LATE_REFUND = "o8,u2,2025-03-02 02:00:00,0,refunded,2025-03-20 09:00:00\n"
SEOUL_DATES = {
    "o1": date(2025, 3, 1),
    "o2": date(2025, 3, 2),
    "o3": date(2025, 3, 2),
    "o4": date(2025, 4, 1),
    "o5": date(2025, 4, 2),
    "o6": date(2025, 4, 3),
}
SEOUL_REVENUE = {
    ("day", date(2025, 3, 1)): 10,
    ("day", date(2025, 3, 2)): 20 + 30,
    ("day", date(2025, 4, 1)): 40,
    ("day", date(2025, 4, 2)): 50,
    ("week", date(2025, 2, 24)): 10 + 20 + 30,
    ("week", date(2025, 3, 31)): 40 + 50,
    ("month", date(2025, 3, 1)): 10 + 20 + 30,
    ("month", date(2025, 4, 1)): 40 + 50,
}


def absent_but_for_orders() -> list[str]:
    """Everything that the contract lets one declare absent, and that ORDERS lacks."""
    orders = next(table for table in TABLES if table.path == "product.orders")
    header = ORDERS.partition("\n")[0].split(",")
    return [
        *(source.name for source in CONTRACT if source.name != "product"),
        *(path for path in TABLE_PATHS if path.startswith("product.") and path != orders.path),
        *(column.path for column in orders.columns if column.name not in header),
    ]


@pytest.fixture(scope="module")
def orders_variables(tmp_path_factory: pytest.TempPathFactory) -> dict:
    raw = tmp_path_factory.mktemp("orders_alone") / "raw"
    (raw / "product").mkdir(parents=True)
    (raw / "product" / "orders.csv").write_text(ORDERS + LATE_REFUND, encoding="utf-8")
    return {"raw_path": str(raw), "absent": absent_but_for_orders()}


@pytest.fixture(scope="module")
def orders_alone(orders_variables, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Without tests: the worked example builds orders alone with all of them."""
    build = run_dbt(
        "run",
        folder=tmp_path_factory.mktemp("orders_alone"),
        variables={**orders_variables, "reporting_timezone": "Asia/Seoul"},
        environment={"TZ": "America/New_York"},
    )
    return succeeded(build)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("dim_users", 1),
        ("dim_courses", 1),
        ("dim_channels", 1),
        ("fct_order_lines", 0),
        ("fct_sessions", 0),
        ("fct_events", 0),
        ("fct_survey_responses", 0),
    ],
)
def test_what_is_absent_is_an_empty_table_of_the_same_shape(demo, orders_alone, table, rows):
    described = f"select column_name, column_type from (describe core.{table})"
    assert orders_alone.rows(described) == demo.rows(described)
    assert orders_alone.rows(f"select count(*) from core.{table}") == [(rows,)]
    if rows:
        key = table.removeprefix("dim_").removesuffix("s") + "_key"
        assert orders_alone.rows(f"select {key} from core.{table}") == [("(unknown)",)]


def test_what_is_absent_has_no_metric_values(orders_alone):
    known = {
        name
        for (name,) in orders_alone.rows(
            "select metric_name from metrics.metric_values where metric_value is not null"
        )
    }
    assert {"gross_revenue", "orders", "buyers", "refunds"} <= known
    assert not known & {"sign_ups", "sessions", "courses_sold", "active_users", "nps"}


def test_absent_columns_are_empty_and_loaded_at_falls_back(orders_alone):
    rows = orders_alone.rows(
        "select order_id, session_id, discount_amount, loaded_at >= ordered_at"
        " from core.fct_orders where order_id != 'o8' order by order_id"
    )
    assert rows == [(order_id, None, 0, True) for order_id in sorted(SEOUL_DATES)]
    same_time = "select count(*) from core.fct_orders where not is_refunded"
    assert orders_alone.rows(f"{same_time} and loaded_at = ordered_at") == [(5,)]


def test_reporting_timezone_makes_the_dates(orders_alone):
    rows = orders_alone.rows(
        "select order_id, ordered_date from core.fct_orders where order_id != 'o8'"
    )
    assert dict(rows) == SEOUL_DATES
    assert orders_alone.rows("select as_of_date from intermediate.int_as_of") == [
        (date(2025, 4, 3),)
    ]
    revenue = orders_alone.rows(
        "select grain, period_start, metric_value from metrics.metric_values"
        " where metric_name = 'gross_revenue' and dimension_name = 'total' and metric_value > 0"
    )
    assert {(grain, start): value for grain, start, value in revenue} == SEOUL_REVENUE


def test_a_refund_is_not_in_the_future_for_want_of_a_loaded_at(orders_alone):
    rejected = orders_alone.rows(
        "select business_key, rejection_reasons from staging.rejected_rows order by business_key"
    )
    assert [key for key, _ in rejected] == ["o7"]
    assert "ordered_at_unreadable" in rejected[0][1]


def test_the_sample_goes_by_event_time_for_want_of_a_loaded_at(orders_variables, tmp_path):
    build = run_dbt(
        *("run", "--select", "base_product__orders"),
        folder=tmp_path,
        variables={**orders_variables, "sample_days": 2},
    )
    rows = succeeded(build).rows("select order_id from staging.base_product__orders")
    # o4 was paid back within the two days: it may count as loaded then
    assert {"o5", "o6"} <= {order_id for (order_id,) in rows} <= {"o4", "o5", "o6"}


@pytest.mark.parametrize("table", TABLES, ids=TABLE_PATHS)
def test_every_raw_row_is_accepted_or_rejected(demo, table):
    ((delivered, accepted, rejected),) = demo.rows(
        f"""
        select
            (select count(*) from raw.raw_{table.source}__{table.name}),
            (select count(*) from staging.stg_{table.source}__{table.name}),
            (
                select count(*)
                from staging.rejected_rows
                where source_name = '{table.source}' and table_name = '{table.name}'
            )
        """
    )
    with seed_of(table).open(encoding="utf-8", newline="") as file:
        assert delivered == sum(1 for _ in csv.DictReader(file))
    assert delivered == accepted + rejected
    assert accepted > 0


def test_exactly_the_planted_rows_are_rejected_and_each_for_its_reason(demo, tmp_path):
    generate(Request(scale=1, seed=1, file_format="csv", out=tmp_path))
    for table in TABLES:
        written = tmp_path / table.source / f"{table.name}.csv"
        assert filecmp.cmp(written, seed_of(table), shallow=False), f"{table.path}: stale seed"
    planted = Counter()
    with (tmp_path / "planted_rows.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["expected_reason"]:
                named = [row[name] for name in ("source", "table_name", "business_key")]
                planted[labelled(*named, row["expected_reason"])] += int(row["rows"])
    rejected = Counter(
        labelled(*row)
        for row in demo.rows(
            "select source_name, table_name, business_key, rejection_reasons"
            " from staging.rejected_rows"
        )
    )
    assert planted.total() > 300
    assert rejected == planted


def labelled(source: str, table: str, key: str | None, reason: str) -> tuple[str, ...]:
    """Name a rejected row so that it can be counted; a key with a part missing is no key."""
    return source, table, "" if reason == "order_id_missing" else key or "", reason


def shown_steps() -> list[tuple[str, str]]:
    """Each command of the worked example with what the page says it prints."""
    section = PAGE.read_text(encoding="utf-8").partition(WORKED_EXAMPLE)[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```\s+```text\n(.*?)```", section, flags=re.DOTALL)


def test_the_worked_example_prints_what_the_page_shows(tmp_path):
    project = copy_project(tmp_path / "project")
    shutil.copytree(ROOT / "examples", project / "examples")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("GROUNDWORK_BUILD_PATH", None)
    steps = shown_steps()
    assert len(steps) == 6
    for command, shown in steps:
        finished = subprocess.run(
            ["bash", "-c", command],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        checker, options = doctest.OutputChecker(), doctest.ELLIPSIS
        assert checker.check_output(shown, finished.stdout, options), (
            f"{command}prints\n{finished.stdout[-3000:]}\nand not\n{shown}"
        )
