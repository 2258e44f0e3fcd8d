"""Dashboards: each is an exposure of type dashboard with `config.meta.tool: superset`.

Its charts come first, then a row for each of its metrics: what it means and what to do, its values
over time against the target, and the latest by a dimension.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.bi.definitions import Dashboard, Definitions, Filter, Metric
from groundwork.bi.superset.charts import (
    NamedChart,
    is_over_time,
    split_chart,
    table_chart,
    trend_chart,
)
from groundwork.bi.superset.ids import VERSION, stable_id

TOOL = "superset"
GRID_COLUMNS = 12
WIDTHS = {"table": 12, "line": 6, "bar": 6}
# In units of 8 pixels.
HEIGHTS = {"table": 58, "echarts_timeseries_line": 46, "echarts_timeseries_bar": 46}
TEXT_HEIGHT = 46
Part = tuple[NamedChart | str, int]


def dashboard_assets(
    definitions: Definitions,
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return the charts and the dashboards, each by name."""
    charts = {}
    dashboards = {}
    for dashboard in definitions.dashboards_of(TOOL):
        rows = list(_rows(definitions, dashboard))
        charts |= {
            part.name: part.asset for row in rows for part, _ in row if not isinstance(part, str)
        }
        dashboards[dashboard.name] = _dashboard(definitions, dashboard, rows)
    return charts, dashboards


def _rows(definitions: Definitions, dashboard: Dashboard) -> Iterator[list[Part]]:
    """Yield what stands side by side: charts or texts, with their widths."""
    row: list[Part] = []
    for chart in dashboard.charts:
        width = WIDTHS[chart.kind]
        if row and sum(taken for _, taken in row) + width > GRID_COLUMNS:
            yield row
            row = []
        row.append((table_chart(definitions, dashboard.name, chart), width))
    if row:
        yield row
    for name in dashboard.metrics:
        metric = definitions.metric(name)
        by = dashboard.dimension if dashboard.dimension in metric.dimensions else None
        split = split_chart(definitions, metric, by or metric.dimensions[0])
        yield [(_meaning(metric), 4), (trend_chart(definitions, metric), 5), (split, 3)]


def _meaning(metric: Metric) -> str:
    """Return what a reader has to know of a metric, in Markdown."""
    aim = {"up": "at least ", "down": "at most "}.get(metric.direction, "")
    return "\n\n".join(
        (
            f"#### {metric.label}",
            metric.description,
            f"**Target** {aim}{metric.target:,g} ({metric.unit}, by {metric.grain})",
            f"**Decides** {metric.decision}",
            f"**If it moves** {metric.action}",
            f"{metric.owner}, tier {metric.tier}, version {metric.version}",
        )
    )


def _dashboard(
    definitions: Definitions, dashboard: Dashboard, rows: list[list[Part]]
) -> dict[str, Any]:
    is_certified = dashboard.maturity == "high"
    filters = [_choice(definitions, dashboard, each) for each in dashboard.filters]
    if dashboard.metrics or any(is_over_time(definitions, chart) for chart in dashboard.charts):
        filters.append(_period(dashboard))
    return {
        "dashboard_title": dashboard.label,
        "description": dashboard.description,
        "slug": dashboard.name.replace("_", "-"),
        "css": None,
        "certified_by": dashboard.owner if is_certified else None,
        "certification_details": "Charts of governed and tested tables." if is_certified else None,
        "published": True,
        "uuid": stable_id(definitions.project, "dashboard", dashboard.name),
        "position": _position(dashboard, rows),
        "metadata": {
            "native_filter_configuration": filters,
            "cross_filters_enabled": False,
            "refresh_frequency": 0,
            "color_scheme": "supersetColors",
        },
        "version": VERSION,
    }


def _position(dashboard: Dashboard, rows: list[list[Part]]) -> dict[str, Any]:
    """Return the grid; a chart's number is anything unique, and put right on import."""
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.label}},
    }
    row_ids = []
    for row_number, row in enumerate(rows, start=1):
        row_id = f"ROW-{row_number}"
        parents = ["ROOT_ID", "GRID_ID", row_id]
        children = {}
        for place, (part, width) in enumerate(row, start=1):
            kind = "MARKDOWN" if isinstance(part, str) else "CHART"
            part_id = f"{kind}-{row_number}-{place}"
            if isinstance(part, str):
                meta = {"code": part, "width": width, "height": TEXT_HEIGHT}
            else:
                meta = {
                    "chartId": row_number * GRID_COLUMNS + place,
                    "uuid": part.asset["uuid"],
                    "sliceName": part.asset["slice_name"],
                    "width": width,
                    "height": HEIGHTS[part.asset["viz_type"]],
                }
            children[part_id] = {
                "type": kind,
                "id": part_id,
                "children": [],
                "parents": parents,
                "meta": meta,
            }
        position |= children
        position[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": list(children),
            "parents": parents[:2],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        row_ids.append(row_id)
    position["GRID_ID"] = {
        "type": "GRID",
        "id": "GRID_ID",
        "children": row_ids,
        "parents": ["ROOT_ID"],
    }
    return position


def _choice(definitions: Definitions, dashboard: Dashboard, chosen: Filter) -> dict[str, Any]:
    return {
        **_filter(dashboard, chosen.column, chosen.title, "filter_select"),
        "targets": [
            {
                "datasetUuid": stable_id(definitions.project, "dataset", chosen.table),
                "column": {"name": chosen.column},
            }
        ],
        "defaultDataMask": {
            "extraFormData": {
                "filters": [{"col": chosen.column, "op": "IN", "val": [chosen.default]}]
            },
            "filterState": {"value": [chosen.default], "label": chosen.default},
        },
        "controlValues": {
            "enableEmptyFilter": True,
            "multiSelect": False,
            "searchAllOptions": True,
            "inverseSelection": False,
        },
    }


def _period(dashboard: Dashboard) -> dict[str, Any]:
    return {
        **_filter(dashboard, "period", "Period", "filter_time"),
        "targets": [{}],
        "defaultDataMask": {"extraFormData": {}, "filterState": {}},
        "controlValues": {"enableEmptyFilter": False},
    }


def _filter(dashboard: Dashboard, name: str, title: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{dashboard.name}-{name}",
        "name": title,
        "type": "NATIVE_FILTER",
        "filterType": kind,
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }
