"""Incremental loads end where a build from nothing ends, whatever arrives when."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import copy_project
from random_deliveries import random_deliveries

from groundwork.project import Project, run_dbt

# Everything between raw rows and the governed values that adds to what is there, and what it reads.
SELECTED = ["+metric_values", "+rejected_rows"]
# They count loads, and tell whether something has changed: a build from nothing has others.
BOOKKEEPING = {"load_number"}
GONE = "(gone)"
# What no raw row comes for need not be looked at again, but for a build from nothing.
ABSENT = ["experiments", "ml", "data_team"]
UNTOUCHED = [
    *(f"path:models/staging/{source}" for source in [*ABSENT, "history"]),
    *(
        f"path:models/{layer}/{room}"
        for layer in ("intermediate", "marts")
        for room in ("data_team", "quality")
    ),
]
INCREMENTAL = [
    "staging.base_product__orders",
    "staging.base_product__events",
    "intermediate.int_orders",
    "intermediate.int_events",
    "intermediate.int_sessions",
    "intermediate.int_order_lines",
]


class Warehouse:
    """One project in a folder, its raw rows in another; builds run in this process."""

    def __init__(self, folder: Path) -> None:
        self.raw = folder / "raw"
        self.project = Project(copy_project(folder / "project", whole=False))
        self.database = self.project.build_path
        self.variables = {"raw_path": str(self.raw), "absent": ABSENT}
        self.manifest = run_dbt(self.project, ["--quiet", "parse"], self.variables).result

    def clear(self) -> None:
        for path in (self.database, self.raw):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def load(self, *options: str) -> None:
        selected = ["--select", *SELECTED]
        if self.database.exists() and "--full-refresh" not in options:
            selected += ["--exclude", *UNTOUCHED]
        command = ["--quiet", "--no-write-json", "run", *selected, *options]
        outcome = run_dbt(self.project, command, self.variables, manifest=self.manifest)
        failed = [
            (result.node.name, result.message)
            for result in (outcome.result or [])
            if result.status not in ("success", "skipped")
        ]
        assert outcome.success, (failed, outcome.exception)

    def copy(self, name: str) -> Path:
        path = self.database.with_name(name)
        shutil.copy(self.database, path)
        return path


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("incremental"))


@pytest.fixture
def clean_warehouse(warehouse: Warehouse) -> Iterator[Warehouse]:
    warehouse.clear()
    yield warehouse


def differing(first: Path, second: Path, left_out: set[str] = BOOKKEEPING) -> dict[str, tuple]:
    """Count the rows that only one of two databases has, table by table, both ways."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first}' as first (read_only)")
        connection.execute(f"attach '{second}' as second (read_only)")
        tables = connection.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
        ).fetchall()
        by_side = [
            {(schema, table) for side, schema, table in tables if side == name}
            for name in ("first", "second")
        ]
        assert by_side[0] == by_side[1]
        assert len(by_side[0]) > 30
        counts = {}
        for schema, table in sorted(by_side[0]):
            columns = [
                row[0]
                for row in connection.execute(f"describe first.{schema}.{table}").fetchall()
                if row[0] not in left_out
            ]
            is_row = (
                f"where rejection_reasons is distinct from '{GONE}'"
                if table.startswith("base_")
                else ""
            )
            rows = f"select {', '.join(columns)} from {{}}.{schema}.{table} {is_row}"
            one, other = rows.format("first"), rows.format("second")
            count = connection.execute(
                f"select (select count(*) from ({one} except all {other})),"
                f" (select count(*) from ({other} except all {one}))"
            ).fetchall()[0]
            if any(count):
                counts[table] = count
    return counts


def check_deliveries(warehouse: Warehouse, seed: int) -> None:
    deliveries = random_deliveries(seed)
    for batches in range(1, deliveries.count + 1):
        deliveries.write(warehouse.raw, batches)
        warehouse.load()
    incremental = warehouse.copy("incremental.duckdb")
    warehouse.load("--full-refresh")
    assert differing(incremental, warehouse.database) == {}


@pytest.mark.parametrize("seed", range(12))
def test_any_deliveries_equal_a_full_refresh(clean_warehouse: Warehouse, seed: int) -> None:
    check_deliveries(clean_warehouse, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12, 212))
def test_many_deliveries_equal_a_full_refresh(clean_warehouse: Warehouse, seed: int) -> None:
    check_deliveries(clean_warehouse, seed)


def rows_by_load(database: Path, table: str) -> dict[int, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return dict(
            connection.execute(f"select load_number, count(*) from {table} group by all").fetchall()
        )


def test_a_delivery_without_news_changes_nothing_and_a_repeated_one_only_adds_rejections(
    clean_warehouse: Warehouse,
) -> None:
    warehouse = clean_warehouse
    deliveries = random_deliveries(1000)
    for batches in range(1, deliveries.count + 1):
        deliveries.write(warehouse.raw, batches)
        warehouse.load()
    once = warehouse.copy("once.duckdb")
    warehouse.load()
    assert differing(once, warehouse.database, set()) == {}

    deliveries.write(warehouse.raw, deliveries.count, again=0)
    warehouse.load()
    changed = differing(once, warehouse.database)
    # the base tables hold every raw row, the rejected ones too; nothing behind them has changed
    assert {table for table in changed if not table.startswith("base_")} == {"rejected_rows"}
    assert changed["rejected_rows"] == (0, deliveries.rows_of(0))


def test_a_small_delivery_leaves_most_rows_alone(clean_warehouse: Warehouse) -> None:
    warehouse = clean_warehouse
    deliveries = random_deliveries(2000)
    deliveries.write(warehouse.raw, deliveries.count)
    warehouse.load()
    for name, rows in deliveries.tables.items():
        late = rows.iloc[:3].copy()
        late["batch"] = deliveries.count
        late["loaded_at"] = "2026-07-01 03:00:00"
        late.iloc[:, 0] = late.iloc[:, 0] + "_late"
        deliveries.tables[name] = pd.concat([rows, late])
    deliveries.write(warehouse.raw, deliveries.count + 1)
    warehouse.load()
    for table in INCREMENTAL:
        loads = rows_by_load(warehouse.database, table)
        # the first load, and the small one
        assert len(loads) == 2, (table, loads)
        assert loads[max(loads)] < loads[min(loads)] / 20, (table, loads)


def test_rows_that_leave_raw_and_rows_that_change_in_place_are_followed(
    clean_warehouse: Warehouse,
) -> None:
    warehouse = clean_warehouse
    deliveries = random_deliveries(3000)
    deliveries.write(warehouse.raw, deliveries.count)
    warehouse.load()
    for name, rows in deliveries.tables.items():
        kept = rows.iloc[: int(len(rows) * 0.9)].copy()
        if name == "orders":
            kept.loc[kept.index[::7], "session_id"] = kept["session_id"].to_numpy()[::-7][
                : len(kept.index[::7])
            ]
        deliveries.tables[name] = kept
    deliveries.write(warehouse.raw, deliveries.count)
    warehouse.load()
    incremental = warehouse.copy("incremental.duckdb")
    warehouse.load("--full-refresh")
    assert differing(incremental, warehouse.database) == {}
