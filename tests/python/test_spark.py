"""Spark builds the same tables as DuckDB, from the same raw rows as Parquet."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from conftest import Build, run_dbt, write_raw_parquet
from random_deliveries import random_deliveries

pytestmark = pytest.mark.spark

# Doubles of sums may be added up in another order; both engines agree to this many digits.
DOUBLE_TOLERANCE = 1e-9

# Engines hash rows in ways of their own, and count their own loads.
NOT_COMPARED = {
    "dimensions_print",
    "input_fingerprint",
    "load_number",
    "period_print",
    "raw_print",
    "row_print",
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("spark")
    write_raw_parquet(folder / "raw")
    build = run_dbt(
        "run",
        *("--target", "spark"),
        folder=folder,
        variables={"raw_path": str(folder / "raw")},
        environment={"GROUNDWORK_SPARK_WAREHOUSE": str(folder / "warehouse")},
    )
    assert build.exit_code == 0, build.output[-5000:]
    return build


def built_tables(build: Build) -> list[tuple[str, str]]:
    """Schema and name of every model that was stored as a table."""
    nodes = build.manifest["nodes"]
    built = [nodes[result["unique_id"]] for result in build.run_results]
    return sorted(
        (node["schema"], node["name"])
        for node in built
        if node["resource_type"] == "model" and node["config"]["materialized"] == "table"
    )


def column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = connection.execute(f"describe from {relation}").fetchall()
    return {name: data_type for name, data_type, *_ in described if name not in NOT_COMPARED}


def differing_rows(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> int:
    """Rows of either relation that the other one does not have, doubles compared by tolerance."""
    columns = column_types(connection, left)
    doubles = [name for name, data_type in columns.items() if data_type == "DOUBLE"]
    exact = [
        f"cast({name} as timestamp) as {name}" if data_type.startswith("TIMESTAMP") else name
        for name, data_type in columns.items()
        if name not in doubles
    ]
    if not doubles:
        sides = [f"select {', '.join(exact)} from {relation}" for relation in (left, right)]
        sql = (
            f"select (select count(*) from ({sides[0]} except all {sides[1]}))"
            f" + (select count(*) from ({sides[1]} except all {sides[0]}))"
        )
        return connection.execute(sql).fetchone()[0]
    keys = [name for name in columns if name not in doubles]
    same_keys = " and ".join(f"l.{name} is not distinct from r.{name}" for name in keys)
    different = " or ".join(
        f"(l.{name} is null) != (r.{name} is null)"
        # NaN equals NaN here
        f" or (l.{name} != r.{name}"
        f" and abs(l.{name} - r.{name}) > {DOUBLE_TOLERANCE} * greatest(1, abs(l.{name})))"
        for name in doubles
    )
    sql = (
        f"select count(*) from (select *, 1 as is_row from {left}) as l"
        f" full join (select *, 1 as is_row from {right}) as r on {same_keys}"
        f" where l.is_row is null or r.is_row is null or {different}"
    )
    return connection.execute(sql).fetchone()[0]


def differing_tables(spark: Build, duck: Build, warehouse: Path) -> dict[str, int]:
    """Count the differing rows of each table that has some."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{duck.database}' as duck (read_only)")
        compared = {}
        for schema, name in built_tables(spark):
            files = f"read_parquet('{warehouse}/{schema}.db/{name}/*.parquet')"
            compared[name] = differing_rows(connection, f"duck.{schema}.{name}", files)
    assert len(compared) >= 35
    return {name: count for name, count in compared.items() if count}


def test_every_table_equals_duckdbs(spark: Build, demo: Build) -> None:
    assert len(built_tables(spark)) >= 150
    assert differing_tables(spark, demo, spark.database.parent / "warehouse") == {}


def test_numbers_are_there_at_all(spark: Build, demo: Build) -> None:
    warehouse = spark.database.parent / "warehouse"
    files = f"read_parquet('{warehouse}/metrics.db/metric_values/*.parquet')"
    count = duckdb.execute(f"select count(*) from {files}").fetchall()[0][0]
    assert count == demo.rows("select count(*) from metrics.metric_values")[0][0] > 100_000


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_loads_on_spark_end_where_duckdb_ends_from_nothing(tmp_path: Path, seed: int) -> None:
    deliveries = random_deliveries(seed)
    warehouse = tmp_path / "warehouse"
    variables = {"raw_path": str(tmp_path / "raw"), "absent": ["experiments", "ml", "data_team"]}

    def load(target: str) -> Build:
        build = run_dbt(
            *("run", "--select", "+metric_values", "+rejected_rows", "--target", target),
            folder=tmp_path / target,
            variables=variables,
            environment={"GROUNDWORK_SPARK_WAREHOUSE": str(warehouse)},
        )
        assert build.exit_code == 0, build.output[-5000:]
        return build

    for batches in (deliveries.count // 2, deliveries.count):
        deliveries.write(tmp_path / "raw", batches)
        spark = load("spark")
    assert differing_tables(spark, load("duckdb"), warehouse) == {}


def grants(build: Build) -> dict[str, set[str]]:
    """Return what is granted to whom, by the access of models."""
    found: dict[str, set[str]] = {}
    for node in build.manifest["nodes"].values():
        if node["resource_type"] == "model":
            granted = f"{node['config']['grants']}"
            found.setdefault(node["access"], set()).add(granted)
    return found


def test_reader_roles_are_granted_the_public_tables_alone(tmp_path) -> None:
    roles = {"reader_roles": ["bi_reader", "analyst"], "raw_path": "/nowhere"}
    environment = {"GROUNDWORK_SPARK_WAREHOUSE": str(tmp_path / "warehouse")}
    parse = ("parse", "--no-partial-parse", "--target")
    build = run_dbt(
        *parse, "spark", folder=tmp_path / "s", variables=roles, environment=environment
    )
    assert build.exit_code == 0, build.output
    granted = grants(build)
    assert granted.pop("public") == {"{'select': ['bi_reader', 'analyst']}"}
    assert set.union(*granted.values()) == {"{}"}

    statement = "{{ get_grant_sql(ref('metric_values'), 'select', ['bi_reader']) }}"
    compiled = run_dbt(
        *("compile", "--target", "spark", "--inline", statement),
        folder=tmp_path / "s",
        variables=roles,
        environment=environment,
    )
    assert "grant select on metrics.metric_values to `bi_reader`" in compiled.output

    # DuckDB has no roles, and would warn
    build = run_dbt(*parse, "duckdb", folder=tmp_path / "d", variables=roles)
    assert build.exit_code == 0, build.output
    assert set.union(*grants(build).values()) == {"{}"}
