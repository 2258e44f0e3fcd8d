"""What the files of BI tools are made from: metrics, public tables and dashboards as dbt has them.

Nothing is defined here. The metrics are the list that the macro `metric_definitions` returns, which
the governed tables are compiled from as well.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from groundwork.project import Elsewhere, GroundworkError, Project, run_dbt
from groundwork.trouble import one_line

METRICS = "{{ tojson(metric_definitions()) }}"
# Values of the rows they stand for may be added up.
ADDITIVE_AGGREGATIONS = ("sum", "count", "sum_boolean")
CHART_KINDS = ("table", "line", "bar")


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

    @property
    def is_computed(self) -> bool:
        """Whether the expression is more than a column of the model."""
        return not self.expression.isidentifier()

    @property
    def column(self) -> str:
        """The column that a tool has it in: the model's own, or one of its name."""
        return self.name if self.is_computed else self.expression


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

    @property
    def kind(self) -> str:
        """The type without its precision."""
        return self.type.lower().partition("(")[0]

    @property
    def is_time(self) -> bool:
        """Whether it has days or moments."""
        return self.kind in ("date", "timestamp")


@dataclass(frozen=True)
class Table:
    """A public table: one that is published; the owner is that of its group, an address."""

    name: str
    schema: str
    description: str
    owner: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Chart:
    """Rows of a public table on a dashboard, in `config.meta.charts` of its exposure.

    kind: table, line or bar
    columns: what a table shows; else the measures, one row of the table for each point
    x: the column along the axis; None in a table
    by: columns that tell the series apart
    where: an SQL condition on the rows; empty for all
    order_by: columns, each with ` desc` where the last come first
    """

    title: str
    table: str
    kind: str = "table"
    columns: tuple[str, ...] = ()
    x: str | None = None
    by: tuple[str, ...] = ()
    where: str = ""
    order_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """A choice on top of a dashboard, in `config.meta.filters` of its exposure."""

    title: str
    table: str
    column: str
    default: str


@dataclass(frozen=True)
class Dashboard:
    """An exposure of type dashboard: who answers for it, and what it shows.

    tool: `config.meta.tool`, the tool that it is generated for; None for others
    dimension: `config.meta.dimension`, what metrics that are published by it are split by
    metrics: names, in the order of the YAML
    """

    name: str
    label: str
    description: str
    owner: str
    maturity: str
    tool: str | None
    dimension: str | None
    metrics: tuple[str, ...]
    charts: tuple[Chart, ...]
    filters: tuple[Filter, ...]


Part = TypeVar("Part", Chart, Filter)


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

    def metric(self, name: str) -> Metric:
        """Return the metric of this name."""
        return next(metric for metric in self.metrics if metric.name == name)

    def dashboards_of(self, tool: str) -> tuple[Dashboard, ...]:
        """Return the dashboards that are generated for a tool."""
        return tuple(dashboard for dashboard in self.dashboards if dashboard.tool == tool)


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
    tables = _tables(manifest)
    return Definitions(
        project=manifest["metadata"]["project_name"],
        metrics=tuple(_metric(described) for described in metrics),
        tables=tables,
        dashboards=read_dashboards(manifest, tables),
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
    owners = {group["name"]: group["owner"]["email"] for group in manifest["groups"].values()}
    tables = [
        Table(
            name=node["name"],
            schema=node["schema"],
            description=" ".join(node["description"].split()),
            owner=owners[node["group"]],
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


def read_dashboards(manifest: dict[str, Any], tables: tuple[Table, ...]) -> tuple[Dashboard, ...]:
    """Return the exposures of type dashboard; refuse a chart of what is not there."""
    columns = {table.name: {column.name for column in table.columns} for table in tables}
    dashboards = []
    for exposure in manifest["exposures"].values():
        if exposure["type"] != "dashboard":
            continue
        meta = exposure["config"]["meta"]
        parents = [name.split(".") for name in exposure["depends_on"]["nodes"]]
        shown = {parent[2] for parent in parents if parent[0] == "model"}
        known = {name: columns[name] for name in shown if name in columns}
        dashboards.append(
            Dashboard(
                name=exposure["name"],
                label=exposure["label"] or exposure["name"],
                description=" ".join(exposure["description"].split()),
                owner=exposure["owner"]["email"],
                maturity=exposure["maturity"] or "low",
                tool=meta.get("tool"),
                dimension=meta.get("dimension"),
                metrics=tuple(parent[2] for parent in parents if parent[0] == "metric"),
                charts=tuple(
                    _part(Chart, exposure, described, known) for described in meta.get("charts", ())
                ),
                filters=tuple(
                    _part(Filter, exposure, described, known)
                    for described in meta.get("filters", ())
                ),
            )
        )
    return tuple(sorted(dashboards, key=lambda dashboard: dashboard.name))


def _part(
    kind: type[Part],
    exposure: dict[str, Any],
    described: dict[str, Any],
    known: dict[str, set[str]],
) -> Part:
    """Return a chart or a filter as its exposure describes it; refuse what is not there."""
    what = f"exposure '{exposure['name']}', {kind.__name__.lower()} '{described.get('title')}'"
    where = f"in {exposure['original_file_path']}"
    allowed = {field.name: field.default is MISSING for field in fields(kind)}
    missing = [name for name, required in allowed.items() if required and name not in described]
    if missing or set(described) - set(allowed):
        raise GroundworkError(
            f"{what}: it has {', '.join(described)}, and needs {', '.join(missing) or 'no more'}; "
            f"it may have {', '.join(allowed)} ({where})"
        )
    lists = ("columns", "by", "order_by")
    values = {
        name: tuple([value] if isinstance(value, str) else value) if name in lists else value
        for name, value in described.items()
    }
    if values.get("kind", "table") not in CHART_KINDS:
        raise GroundworkError(
            f"{what}: kind '{values['kind']}' is not known; give {', '.join(CHART_KINDS)} {where}"
        )
    if values["table"] not in known:
        raise GroundworkError(
            f"{what}: '{values['table']}' is no public model that the exposure depends on; "
            f"add ref('{values['table']}') to its depends_on, or name another {where}"
        )
    named = [
        *values.get("columns", ()),
        *values.get("by", ()),
        values.get("x"),
        values.get("column"),
    ]
    named += [name.removesuffix(" desc") for name in values.get("order_by", ())]
    for name in named:
        if name is not None and name not in known[values["table"]]:
            raise GroundworkError(
                f"{what}: {values['table']} has no column '{name}'; name one that it has {where}"
            )
    return kind(**values)
