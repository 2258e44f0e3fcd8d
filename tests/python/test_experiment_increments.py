"""A nightly build works out again what has changed, and ends where a build from nothing does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from conftest import Build, copy_project, run_dbt, write_raw_parquet

TABLES = """
    select concat(schema_name, '.', table_name)
    from duckdb_tables()
    where
        schema_name = 'experiments'
        or schema_name = 'intermediate'
        and (table_name like 'int_experiment%' or table_name like 'int_unit_increments%')
        and table_name != 'int_experiments_touched'
    order by all
"""
# Ended in December; its orders of October are all in.
CLOSED = "express_checkout"
OPEN = "smart_search"
INPUTS = "int_experiment_inputs"
LATE_ORDER = """
    select
        'late_order' as order_id, user_id, null as session_id,
        '2025-10-20 10:00:00' as ordered_at, '5000.00' as gross_amount, null as discount_amount,
        'paid' as status, null as refunded_at, '2026-06-30 02:00:00' as loaded_at
    from orders
    where user_id in (
        select unit_id from exposures
        where experiment_id = 'express_checkout' and exposed_at < '2025-10-18'
    )
    order by all
    limit 1
"""


def nightly(folder: Path, raw: Path) -> Build:
    build = run_dbt(
        *("run", "--select", "+path:models/marts/experiments"),
        folder=folder,
        variables={"raw_path": str(raw)},
    )
    assert build.exit_code == 0, build.output[-5000:]
    return build


def touched(build: Build) -> set[str]:
    return {
        row[0]
        for row in build.rows("select experiment_id from intermediate.int_experiments_touched")
    }


def add_late_order(raw: Path) -> None:
    """Deliver an order of October in June, of a user who was in an experiment then."""
    path = raw / "product" / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table orders as from '{path}'")
        connection.execute(f"create table exposures as from '{raw}/experiments/exposures.parquet'")
        connection.execute(f"insert into orders by name {LATE_ORDER}")
        connection.execute(f"copy orders to '{path}' (format parquet)")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Three nights in one warehouse: part of the rows, the rest and a late order, nothing new."""
    folder = tmp_path_factory.mktemp("nights")
    raw = folder / "raw"
    write_raw_parquet(raw, "2026-06-24")
    first = touched(nightly(folder, raw))
    write_raw_parquet(raw)
    add_late_order(raw)
    build = nightly(folder, raw)
    second = touched(build)
    differing = compared(nightly(folder / "full", raw), build)
    with duckdb.connect(str(build.database)) as connection:
        connection.execute(
            "update intermediate.int_experiment_moment_changes set sum_y = sum_y + 1"
        )
        marked = moments(connection)
    third = touched(nightly(folder, raw))
    with duckdb.connect(str(build.database), read_only=True) as connection:
        kept = moments(connection)
    return {
        "first": first,
        "second": second,
        "third": third,
        "differing": differing,
        "is_kept": marked == kept,
    }


def moments(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute(
        "select experiment_id, sum(sum_y) from intermediate.int_experiment_moment_changes"
        " group by all order by all"
    ).fetchall()


def compared(expected: Build, actual: Build) -> dict[str, int]:
    """Count the rows of one side only, by table."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{expected.database}' as expected (read_only)")
        connection.execute(f"attach '{actual.database}' as actual (read_only)")
        connection.execute("use expected")
        tables = [name for (name,) in connection.execute(TABLES).fetchall()]
        assert len(tables) > 30
        counts = {
            table: connection.execute(
                f"select (select count(*) from (from expected.{table} except all"
                f" from actual.{table})) + (select count(*) from (from actual.{table} except all"
                f" from expected.{table}))"
            ).fetchall()[0][0]
            for table in tables
        }
    return {table: count for table, count in counts.items() if count}


def test_the_first_build_works_out_every_experiment(nights: dict) -> None:
    assert len(nights["first"]) == 12


def test_open_experiments_and_those_with_late_rows_are_worked_out_again(nights: dict) -> None:
    assert {OPEN, CLOSED} <= nights["second"]


def test_the_rest_is_left_alone(nights: dict) -> None:
    # refunds, corrections and late rows reach back a few months, not to these
    assert nights["second"].isdisjoint({"same_page_twice", "course_bundles"}), nights["second"]


def test_night_by_night_equals_a_build_from_nothing(nights: dict) -> None:
    assert nights["differing"] == {}


def test_a_night_without_news_touches_nothing(nights: dict) -> None:
    assert nights["third"] == set()
    assert nights["is_kept"]


def test_a_changed_definition_changes_the_fingerprint(demo: Build, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", whole=False)
    definitions = project / "models" / "marts" / "metrics" / "definitions" / "orders.yml"
    as_it_is = compiled_inputs(run_compile(project, tmp_path / "same"))
    assert as_it_is == compiled_inputs(demo)
    text = definitions.read_text()
    changed = text.replace("experiment: {window_days: 14,", "experiment: {window_days: 7,", 1)
    assert changed != text
    definitions.write_text(changed)
    assert compiled_inputs(run_compile(project, tmp_path / "changed")) != as_it_is


def run_compile(project: Path, folder: Path) -> Build:
    build = run_dbt("compile", "--select", INPUTS, folder=folder, project=project)
    assert build.exit_code == 0, build.output[-5000:]
    return build


def compiled_inputs(build: Build) -> str:
    node = build.manifest["nodes"][f"model.groundwork.{INPUTS}"]
    return (build.target / "compiled" / "groundwork" / node["original_file_path"]).read_text()
