"""Charts: a metric over time, its latest period by a dimension, and rows of a public table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from groundwork.bi.definitions import Chart, Definitions, Metric
from groundwork.bi.superset.datasets import (
    LATEST,
    ONE_VALUE,
    TARGET,
    VALUES,
    certified,
    column_format,
    column_label,
    number_format,
)
from groundwork.bi.superset.ids import VERSION, stable_id

ROW_LIMIT = 10_000
TABLE_ROW_LIMIT = 1_000
SERIES = {"line": "echarts_timeseries_line", "bar": "echarts_timeseries_bar"}


@dataclass(frozen=True)
class NamedChart:
    """A chart as Superset imports it, and its name, which tells it from all others."""

    name: str
    asset: dict[str, Any]


@dataclass(frozen=True)
class _Query:
    """What is asked of a dataset.

    is_over_time: whether x has days or moments
    metrics: names of saved metrics, or SQL with a label
    conditions: the values that columns have
    """

    dataset: str
    columns: tuple[str, ...] = ()
    x: str | None = None
    is_over_time: bool = False
    by: tuple[str, ...] = ()
    metrics: tuple[Any, ...] = ()
    conditions: tuple[tuple[str, str | bool], ...] = ()
    where: str = ""
    order_by: tuple[tuple[str, bool], ...] = ()


def trend_chart(definitions: Definitions, metric: Metric) -> NamedChart:
    """Return a metric over the whole periods of its own grain, with its target."""
    query = _Query(
        dataset=VALUES,
        x="period_start",
        is_over_time=True,
        metrics=(metric.name, TARGET),
        conditions=_cells(metric, "total"),
    )
    return _chart(
        definitions,
        f"trend_{metric.name}",
        f"{metric.label} by {metric.grain}",
        "line",
        query,
        {"y_axis_format": number_format(metric)},
        metric,
    )


def split_chart(definitions: Definitions, metric: Metric, dimension: str) -> NamedChart:
    """Return a metric's latest whole period, a bar for each value of a dimension."""
    query = _Query(
        dataset=VALUES,
        x="dimension_value",
        metrics=(metric.name,),
        conditions=(*_cells(metric, dimension), (LATEST, True)),
    )
    entity, name = dimension.split("__")
    by = column_label(entity if name == "name" else name).lower()
    options = {
        "orientation": "horizontal",
        "x_axis_sort": metric.name,
        "x_axis_sort_asc": True,
        "show_legend": False,
        "show_value": True,
        "y_axis_format": number_format(metric),
    }
    return _chart(
        definitions,
        f"split_{metric.name}_{dimension}",
        f"{metric.label} by {by}, latest {metric.grain}",
        "bar",
        query,
        options,
        metric,
    )


def table_chart(definitions: Definitions, dashboard: str, chart: Chart) -> NamedChart:
    """Return the rows of a public table that an exposure asks for."""
    order = tuple(
        (name.removesuffix(" desc"), not name.endswith(" desc")) for name in chart.order_by
    )
    is_table = chart.kind == "table"
    query = _Query(
        dataset=chart.table,
        columns=chart.columns if is_table else (),
        x=chart.x,
        is_over_time=is_over_time(definitions, chart),
        by=chart.by,
        metrics=() if is_table else tuple(_one_row(chart, column) for column in chart.columns),
        where=chart.where,
        order_by=order,
    )
    formats = {
        column.name: column_format(column)
        for column in definitions.table(chart.table).columns
        if column.name in chart.columns
    }
    options = {"column_config": formats} if is_table else {}
    slug = "_".join("".join(c if c.isalnum() else " " for c in chart.title.lower()).split())
    return _chart(definitions, f"{dashboard}_{slug}", chart.title, chart.kind, query, options, None)


def is_over_time(definitions: Definitions, chart: Chart) -> bool:
    """Return whether a chart has days or moments along its axis."""
    return chart.x is not None and definitions.table(chart.table).column(chart.x).is_time


def _cells(metric: Metric, dimension: str) -> tuple[tuple[str, str], ...]:
    return (
        ("metric_name", metric.name),
        ("grain", metric.grain),
        ("dimension_name", dimension),
    )


def _one_row(chart: Chart, column: str) -> Any:
    if chart.table == VALUES and column == ONE_VALUE:
        return ONE_VALUE
    return {
        "expressionType": "SQL",
        "sqlExpression": f"case when count(*) = 1 then max({column}) end",
        "label": column_label(column),
        "hasCustomLabel": True,
        "optionName": f"metric_{column}",
    }


def _chart(
    definitions: Definitions,
    name: str,
    title: str,
    kind: str,
    query: _Query,
    options: dict[str, Any],
    metric: Metric | None,
) -> NamedChart:
    viz_type = SERIES.get(kind, "table")
    params = {
        "viz_type": viz_type,
        "adhoc_filters": _conditions(query),
        **(_table_params(query) if kind == "table" else _series_params(query, kind)),
        **options,
    }
    is_certified = metric is not None and metric.tier == 1
    asset = {
        "slice_name": title,
        "description": metric.description if metric else None,
        "certified_by": metric.owner if is_certified else None,
        "certification_details": certified(metric) if is_certified else None,
        "viz_type": viz_type,
        "params": params,
        "query_context": json.dumps(_query_context(query, params)),
        "cache_timeout": -1,
        "uuid": stable_id(definitions.project, "chart", name),
        "dataset_uuid": stable_id(definitions.project, "dataset", query.dataset),
        "version": VERSION,
    }
    return NamedChart(name, asset)


def _conditions(query: _Query) -> list[dict[str, Any]]:
    conditions = [
        {
            "expressionType": "SIMPLE",
            "clause": "WHERE",
            "subject": column,
            "operator": "==",
            "comparator": value,
        }
        for column, value in query.conditions
    ]
    if query.where:
        conditions.append(
            {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": query.where}
        )
    if query.is_over_time:
        # what the period chosen on the dashboard is put in place of
        conditions.append(
            {
                "expressionType": "SIMPLE",
                "clause": "WHERE",
                "subject": query.x,
                "operator": "TEMPORAL_RANGE",
                "comparator": "No filter",
            }
        )
    return conditions


def _table_params(query: _Query) -> dict[str, Any]:
    return {
        "query_mode": "raw",
        "all_columns": list(query.columns),
        "order_by_cols": [json.dumps(order) for order in query.order_by],
        "row_limit": TABLE_ROW_LIMIT,
        "server_pagination": False,
        "include_search": True,
        "show_cell_bars": False,
        "page_length": 20,
        "table_timestamp_format": "smart_date",
    }


def _series_params(query: _Query, kind: str) -> dict[str, Any]:
    return {
        "x_axis": query.x,
        "time_grain_sqla": None,
        "x_axis_sort_asc": True,
        "metrics": list(query.metrics),
        "groupby": list(query.by),
        "order_desc": True,
        "row_limit": ROW_LIMIT,
        "truncate_metric": True,
        "show_legend": True,
        "legendOrientation": "top",
        "legendType": "scroll",
        "rich_tooltip": True,
        "x_axis_time_format": "smart_date",
        "y_axis_format": "SMART_NUMBER",
        "markerEnabled": False,
        "seriesType": kind,
        "zoomable": False,
    }


def _query_context(query: _Query, params: dict[str, Any]) -> dict[str, Any]:
    """Return what the API answers with the data of the chart for; ids are put in on import."""
    axis = {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "sqlExpression": query.x,
        "label": query.x,
    }
    is_table = not query.x
    asked = {
        "filters": [{"col": col, "op": "==", "val": value} for col, value in query.conditions],
        "extras": {"having": "", "where": f"({query.where})" if query.where else ""},
        "columns": list(query.columns) if is_table else [axis, *query.by],
        "orderby": [list(order) for order in query.order_by] if is_table else [],
        "row_limit": TABLE_ROW_LIMIT if is_table else ROW_LIMIT,
        "order_desc": True,
    }
    if not is_table:
        asked["metrics"] = list(query.metrics)
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [asked],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
