"""What the files of BI tools are made from: metrics, public tables and dashboards as dbt has them.

Nothing is defined here. The metrics are the list that the macro `metric_definitions` returns, which
the governed tables are compiled from as well.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.project import Elsewhere, GroundworkError, Project, run_dbt
from groundwork.trouble import one_line

METRICS = "{{ tojson(metric_definitions()) }}"
# Values of the rows they stand for may be added up.
ADDITIVE_AGGREGATIONS = ("sum", "count", "sum_boolean")


@dataclass(frozen=True)
class Dimension:
    """A dimension as seen from a fact: a column of it, or of a table that is joined many-to-one.

    name: qualified, `user__country`
    model: the table that has it; expression: SQL on its columns
    key, fact_key: the columns that join, in `model` and in the fact (the same table: not needed)
    """

    name: str
    model: str
    expression: str
    key: str
    entity: str
    fact_key: str


@dataclass(frozen=True)
class Conversion:
    """What follows the counted rows of a conversion metric: rows of the same entity in time.

    fact, expression, time_column, key: as in Measure, of the rows that follow; key joins the entity
    """

    name: str
    entity: str
    fact: str
    expression: str
    time_column: str
    key: str


@dataclass(frozen=True)
class Measure:
    """One aggregation of a fact that a metric is computed from.

    name: unique over all metrics where the measure is
    aggregation: sum, count, count_distinct, min, max or sum_boolean
    expression: SQL on columns of the fact
    time_column: the date that puts a row into a period
    filters: conditions on qualified names of `dimensions`, all of which hold
    entities: column of the fact by entity
    window_days: days of a trailing (cumulative) or following (conversion) window, else 0
    """

    name: str
    fact: str
    aggregation: str
    expression: str
    time_column: str
    filters: tuple[str, ...]
    entities: dict[str, str]
    dimensions: tuple[Dimension, ...]
    window_days: int
    conversion: Conversion | None


@dataclass(frozen=True)
class Metric:
    """One metric: its governance, and SQL on the names of its measures.

    numerator, denominator: what `expression` divides, where that is all it does; else None
    dimensions: the qualified names that it is published by
    """

    name: str
    label: str
    description: str
    type: str
    owner: str
    tier: int
    status: str
    version: int
    unit: str
    grain: str
    direction: str
    target: float
    decision: str
    action: str
    formula: str
    additivity: str
    expression: str
    numerator: str | None
    denominator: str | None
    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...]

    @property
    def is_additive(self) -> bool:
        """Whether values may be summed over periods and over the values of a dimension."""
        return self.additivity == "additive"

    @property
    def is_ratio_of_sums(self) -> bool:
        """Whether sums of numerators over sums of denominators are the value of the rows together.

        So they are, unless something is counted distinct, is an extreme, or has a window.
        """
        return self.denominator is not None and all(
            measure.aggregation in ADDITIVE_AGGREGATIONS and not measure.window_days
            for measure in self.measures
        )


@dataclass(frozen=True)
class Column:
    """A column of a public table; the type is dbt's word for it."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Table:
    """A public table: one that is published."""

    name: str
    schema: str
    description: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Dashboard:
    """An exposure of type dashboard: who answers for it, and what it shows.

    tool: `config.meta.tool`, the tool that it is generated for; None for others
    tables, metrics: names, in the order of the YAML
    """

    name: str
    label: str
    description: str
    owner: str
    tool: str | None
    tables: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Definitions:
    """Everything that a project defines; metrics by name, tables by schema and name."""

    project: str
    metrics: tuple[Metric, ...]
    tables: tuple[Table, ...]
    dashboards: tuple[Dashboard, ...]

    def table(self, name: str) -> Table:
        """Return the public table of this name."""
        return next(table for table in self.tables if table.name == name)


def read_definitions(project: Project) -> Definitions:
    """Have dbt parse the project and return what it defines; the build is not opened."""
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Elsewhere(project.root, Path(folder), "definitions.duckdb")
        # dbt prints what it compiles inline
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            outcome = run_dbt(
                elsewhere, ["--quiet", "compile", "--inline", METRICS], {}, sample=True
            )
        if not outcome.success:
            reason = outcome.exception or printed.getvalue()
            raise GroundworkError(
                f"the definitions cannot be read ({one_line(reason)}); see what `dbt parse` says"
            )
        metrics = json.loads(outcome.result[0].node.compiled_code)
        manifest = json.loads((elsewhere.sample_target / "manifest.json").read_text("utf-8"))
    return Definitions(
        project=manifest["metadata"]["project_name"],
        metrics=tuple(_metric(described) for described in metrics),
        tables=_tables(manifest),
        dashboards=_dashboards(manifest),
    )


def _metric(described: dict[str, Any]) -> Metric:
    meta = described["meta"]
    governed = ("owner", "tier", "status", "version", "unit", "grain", "direction")
    for name in (*governed, "target", "decision", "action"):
        if meta.get(name) is None:
            raise GroundworkError(
                f"metric '{described['name']}' has no {name}, so no BI tool can show what it is "
                f"worth; add {name} to its config.meta in {described['path']}"
            )
    return Metric(
        name=described["name"],
        label=described["label"] or described["name"],
        description=" ".join(described["description"].split()),
        type=described["type"],
        **{name: meta[name] for name in governed},
        target=float(meta["target"]),
        decision=meta["decision"],
        action=meta["action"],
        formula=" ".join(described["formula"].split()),
        additivity=described["additivity"],
        expression=described["expression"],
        numerator=described["numerator"],
        denominator=described["denominator"],
        dimensions=tuple(described["dimensions"]),
        measures=tuple(_measure(measure) for measure in described["measures"]),
    )


def _measure(described: dict[str, Any]) -> Measure:
    conversion = described["conversion"]
    names = ("name", "fact", "aggregation", "expression", "time_column", "entities", "window_days")
    return Measure(
        **{name: described[name] for name in names},
        filters=tuple(" ".join(condition.split()) for condition in described["filters"]),
        dimensions=tuple(Dimension(**dimension) for dimension in described["dimensions"]),
        conversion=conversion
        and Conversion(**{name: conversion[name] for name in Conversion.__dataclass_fields__}),
    )


def _tables(manifest: dict[str, Any]) -> tuple[Table, ...]:
    tables = [
        Table(
            name=node["name"],
            schema=node["schema"],
            description=" ".join(node["description"].split()),
            columns=tuple(
                Column(
                    name=column["name"],
                    type=column["data_type"],
                    description=" ".join(column["description"].split()),
                )
                for column in node["columns"].values()
            ),
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    ]
    return tuple(sorted(tables, key=lambda table: (table.schema, table.name)))


def _dashboards(manifest: dict[str, Any]) -> tuple[Dashboard, ...]:
    dashboards = []
    for exposure in manifest["exposures"].values():
        if exposure["type"] != "dashboard":
            continue
        parents = [name.split(".") for name in exposure["depends_on"]["nodes"]]
        dashboards.append(
            Dashboard(
                name=exposure["name"],
                label=exposure["label"],
                description=" ".join(exposure["description"].split()),
                owner=exposure["owner"]["email"],
                tool=exposure["config"]["meta"].get("tool"),
                tables=tuple(parent[2] for parent in parents if parent[0] == "model"),
                metrics=tuple(parent[2] for parent in parents if parent[0] == "metric"),
            )
        )
    return tuple(sorted(dashboards, key=lambda dashboard: dashboard.name))
