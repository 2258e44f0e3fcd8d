"""Metric values as cells that can be compared: ours, and what MetricFlow answers.

A cell is what one query returns: a metric at a grain, by one dimension or in total.
"""

from __future__ import annotations

import datetime
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import NamedTuple

import duckdb
from conftest import Build
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

GRAINS = ("day", "week", "month")
RELATIVE_TOLERANCE = 1e-9
SHOWN_ROWS = 5


class Cell(NamedTuple):
    metric: str
    grain: str
    dimension: str


Key = tuple[datetime.date, str]
Values = dict[Key, float]


class MetricRow(NamedTuple):
    """A row of `metric_values` within its cell."""

    numerator: float | None
    denominator: float | None
    value: float | None
    is_complete: bool


def published_cells(build: Build) -> list[Cell]:
    """All cells that the manifest promises."""
    return [
        Cell(metric["name"], grain, dimension)
        for metric in build.manifest["metrics"].values()
        for grain in GRAINS
        for dimension in ["total", *metric["config"]["meta"].get("dimensions", [])]
    ]


@cache
def metric_rows(build: Build, *metrics: str) -> dict[Cell, dict[Key, MetricRow]]:
    """`metric_values`, all of it or some metrics: a cell's rows by period and dimension value."""
    cells: dict[Cell, dict[Key, MetricRow]] = defaultdict(dict)
    names = ", ".join(f"'{metric}'" for metric in metrics) or "metric_name"
    for row in build.rows(
        f"""
        select
            metric_name, grain, dimension_name, period_start, dimension_value,
            numerator, denominator, metric_value, is_complete_period
        from metrics.metric_values
        where metric_name in ({names})
        """
    ):
        rows = cells[Cell(*row[:3])]
        assert row[3:5] not in rows, f"two rows of {row[:5]}"
        rows[row[3:5]] = MetricRow(*row[5:])
    return dict(cells)


def values_of(rows: dict[Key, MetricRow]) -> Values:
    return {key: row.value for key, row in rows.items() if row.value is not None}


def differences(expected: Values, actual: Values, name: str) -> Iterator[str]:
    """A line per row in which the two differ: whole numbers exactly, others to 1e-9."""
    for key in sorted(expected.keys() | actual.keys()):
        wanted, got = expected.get(key), actual.get(key)
        if wanted is None or got is None or not is_equal(wanted, got):
            yield f"{key[0]} {key[1]}: {name} {wanted}, metric_values {got}"


def is_equal(expected: float, actual: float) -> bool:
    if isinstance(expected, int):
        return expected == actual
    return math.isclose(expected, actual, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)


def report(found: dict[Cell, Iterable[str]]) -> str:
    """What differs, cell by cell and a few rows of each; empty where nothing does."""
    paragraphs = []
    for cell, lines in found.items():
        rows = list(lines)
        if rows:
            head = f"{cell.metric} by {cell.grain}, {cell.dimension}: {len(rows)} rows differ"
            paragraphs.append("\n    ".join([head, *rows[:SHOWN_ROWS]]))
    return "\n".join(paragraphs)


class _DuckDbRenderer:
    """As much of a MetricFlow client as it takes to write SQL."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    """MetricFlow's own SQL, run on a build as if its data ended with `as_of`.

    MetricFlow knows no end of the data, so it reads each mart through a view in which a date that
    is not before `as_of` is null.
    """

    def __init__(self, build: Build) -> None:
        self._build = build

    def values(self, cell: Cell) -> Values:
        time = f"metric_time__{cell.grain}"
        is_total = cell.dimension == "total"
        request = MetricFlowQueryRequest.create(
            metric_names=[cell.metric],
            group_by_names=[time] if is_total else [time, cell.dimension],
        )
        answer = self._engine.explain(request).sql_statement.sql
        label = "'total'" if is_total else f"coalesce(cast({cell.dimension} as varchar), '(none)')"
        rows = self._connection.execute(
            f"""
            select cast({time} as date), {label}, {cell.metric}
            from ({answer})
            where {cell.metric} is not null and {time} is not null
            """
        ).fetchall()
        values = {
            (period_start, label): value if isinstance(value, int) else float(value)
            for period_start, label, value in rows
        }
        assert len(values) == len(rows), f"MetricFlow answers twice for a row of {cell}"
        return values

    @cached_property
    def _engine(self) -> MetricFlowEngine:
        manifest = parse_manifest_from_dbt_generated_manifest(
            manifest_json_string=(self._build.target / "semantic_manifest.json").read_text()
        )
        return MetricFlowEngine(SemanticManifestLookup(manifest), _DuckDbRenderer())

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        manifest = json.loads((self._build.target / "semantic_manifest.json").read_text())
        spines = manifest["project_configuration"]["time_spines"]
        models = manifest["semantic_models"]
        relations = [
            *((model["node_relation"], _time_columns(model)) for model in models),
            *((spine["node_relation"], []) for spine in spines),
        ]
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{self._build.database}' as built (read_only)")
        (as_of,) = connection.execute(
            "select as_of_date from built.intermediate.int_as_of"
        ).fetchone()
        database = spines[0]["node_relation"]["database"]
        connection.execute(f"attach ':memory:' as {database}")
        for relation, columns in relations:
            schema, name = relation["schema_name"], relation["alias"]
            ended = ", ".join(
                f"case when {column} < date '{as_of}' then {column} end as {column}"
                for column in columns
            )
            replacement = f"replace ({ended})" if ended else ""
            connection.execute(f"create schema if not exists {database}.{schema}")
            connection.execute(
                f"create view {database}.{schema}.{name} as "
                f"select * {replacement} from built.{schema}.{name}"
            )
        return connection


def _time_columns(semantic_model: dict) -> list[str]:
    columns = [
        dimension["expr"] or dimension["name"]
        for dimension in semantic_model["dimensions"]
        if dimension["type"] == "time"
    ]
    assert all(column.isidentifier() for column in columns), columns
    return columns
