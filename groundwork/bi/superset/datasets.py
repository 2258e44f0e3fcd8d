"""Datasets: the public tables, and the governed values with one saved metric for each metric."""

from __future__ import annotations

from typing import Any

from groundwork.bi.definitions import Column, Definitions, Metric, Table
from groundwork.bi.governed import governed_value
from groundwork.bi.superset.ids import VERSION, stable_id
from groundwork.bi.wording import description_of, kind_of

VALUES = "metric_values"
VALUES_TO_DATE = "metric_values_to_date"
ONE_VALUE = "metric_value"
TARGET = "target"
LATEST = "is_latest_period"
FORMATS = {"share": ",.1%", "money": ",.2f", "decimal": ",.2f", "whole": ",.0f"}
# By dbt's words for the types of columns.
TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "int": "INTEGER",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
}
CATALOGUED = ("label", "unit", "direction", "owner", "tier", "status")
# What a reader chooses by; the amounts are in the saved metrics alone, so that no chart adds up
# what cannot be added.
CHOSEN_BY = {
    "metric_name": "string",
    "label": "string",
    "unit": "string",
    "direction": "string",
    "owner": "string",
    "tier": "bigint",
    "status": "string",
    "grain": "string",
    "dimension_name": "string",
    "dimension_value": "string",
    LATEST: "boolean",
    "period_start": "date",
}


def datasets(definitions: Definitions) -> dict[str, dict[str, Any]]:
    """Return the datasets by name."""
    governed = definitions.table(VALUES)
    found = {
        table.name: _physical(definitions, table)
        for table in definitions.tables
        if table.name != VALUES
    }
    found[VALUES] = _governed(
        definitions, VALUES, "where metric_values.is_complete_period", governed.description
    )
    found[VALUES_TO_DATE] = _governed(
        definitions,
        VALUES_TO_DATE,
        "",
        f"{governed.description} With periods that are not over: their values still change.",
    )
    return found


def number_format(metric: Metric) -> str:
    """Return the d3 format of a metric's values."""
    return FORMATS[kind_of(metric)]


def column_format(column: Column) -> dict[str, str]:
    """Return how a table shows a column: days, moments, changes, shares, amounts."""
    name, kind = column.name, column.kind
    if column.is_time:
        return {"d3TimeFormat": "%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M"}
    if kind not in ("double", "decimal"):
        return {}
    if name.startswith("relative_"):
        return {"d3NumberFormat": "+,.1%"}
    return {"d3NumberFormat": ",.1%" if name.endswith("_share") else ",.4~r"}


def certified(metric: Metric) -> str:
    """Return what a metric's badge stands for."""
    return f"Tier {metric.tier}, version {metric.version}: governed, tested and watched."


def column_label(name: str) -> str:
    """Return a column's name as a reader would write it."""
    return name.replace("_", " ").capitalize()


def _physical(definitions: Definitions, table: Table) -> dict[str, Any]:
    columns = [_column(column.name, column.type, column.description) for column in table.columns]
    times = [column["column_name"] for column in columns if column["is_dttm"]]
    return _dataset(definitions, table.name, table) | {
        "main_dttm_col": times[0] if times else None,
        "columns": columns,
        "metrics": [
            {
                "metric_name": "row_count",
                "verbose_name": "Rows",
                "expression": "count(*)",
                "d3format": ",d",
            }
        ],
    }


def _governed(definitions: Definitions, name: str, where: str, description: str) -> dict[str, Any]:
    table = definitions.table(VALUES)
    described = {
        column.name: column.description
        for column in (*definitions.table("metric_catalog").columns, *table.columns)
    } | {LATEST: "Whether it is the metric's last period here, at this grain."}
    return _dataset(definitions, name, table) | {
        "description": description,
        "main_dttm_col": "period_start",
        "sql": _governed_sql(table.schema, where),
        "columns": [_column(column, kind, described[column]) for column, kind in CHOSEN_BY.items()],
        "metrics": [
            {
                "metric_name": ONE_VALUE,
                "verbose_name": "Value",
                "expression": "case when count(*) = 1 then max(metric_value) end",
                "description": "The value of a single row; empty where several rows meet, since "
                "not every metric can be added.",
                "d3format": ",.2f",
            },
            {
                "metric_name": TARGET,
                "verbose_name": "Target",
                "expression": "case when count(distinct metric_name) = 1 then max(target) end",
                "description": "The target of a single metric, at the grain that it is set for.",
                "d3format": ",.2f",
            },
            *(_saved_metric(metric) for metric in definitions.metrics),
        ],
    }


def _governed_sql(schema: str, where: str) -> str:
    catalogued = "\n".join(f"    metric_catalog.{column}," for column in CATALOGUED)
    return f"""select
    metric_values.metric_name,
{catalogued}
    metric_values.grain,
    metric_values.dimension_name,
    metric_values.dimension_value,
    metric_values.numerator,
    metric_values.denominator,
    metric_values.metric_value,
    metric_values.period_start = max(metric_values.period_start) over (
        partition by metric_values.metric_name, metric_values.grain
    ) as {LATEST},
    case
        when metric_values.dimension_name = 'total' and metric_values.grain = metric_catalog.grain
            then metric_catalog.target
    end as target,
    metric_values.period_start
from {schema}.metric_values
inner join {schema}.metric_catalog on metric_values.metric_name = metric_catalog.metric_name
{where}""".rstrip()


def _saved_metric(metric: Metric) -> dict[str, Any]:
    return {
        "metric_name": metric.name,
        "verbose_name": metric.label,
        "expression": governed_value(metric),
        "description": description_of(metric),
        "d3format": number_format(metric),
        "extra": {"certification": {"certified_by": metric.owner, "details": certified(metric)}}
        if metric.tier == 1
        else {},
        "warning_text": None
        if metric.status == "active"
        else f"This metric is {metric.status}; see metric_catalog.",
    }


def _dataset(definitions: Definitions, name: str, table: Table) -> dict[str, Any]:
    return {
        "table_name": name,
        "description": table.description,
        "schema": table.schema,
        "catalog": None,
        "sql": None,
        "cache_timeout": -1,
        "filter_select_enabled": True,
        "extra": {
            "certification": {
                "certified_by": table.owner,
                "details": "Published only when every check of the build has passed.",
            }
        },
        "uuid": stable_id(definitions.project, "dataset", name),
        "database_uuid": stable_id(definitions.project, "database", definitions.project),
        "version": VERSION,
    }


def _column(name: str, kind: str, description: str) -> dict[str, Any]:
    return {
        "column_name": name,
        "verbose_name": column_label(name),
        "description": description,
        "type": TYPES.get(kind, kind.upper().replace(" ", "")),
        "is_dttm": kind in ("date", "timestamp"),
        "groupby": True,
        "filterable": True,
        "is_active": True,
    }
