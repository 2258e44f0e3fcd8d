"""What surrounds each metric: odd days, restatements, where it comes from, what rests on it."""

from __future__ import annotations

import re
from typing import Any, TypedDict

from duckdb import DuckDBPyConnection

from groundwork.site.data import rounded, rows_of, tables_of

# Of each metric, the last; the rest stays in the database.
KEPT_EVENTS = 20

ANOMALIES = f"""
    select metric_name, date_day, actual_value, expected_value, lower_bound, upper_bound, score
    from metrics.metric_anomalies
    where is_anomaly
    qualify row_number() over (partition by metric_name order by date_day desc) <= {KEPT_EVENTS}
    order by metric_name, date_day desc
"""
RESTATEMENTS = f"""
    select
        metric_name,
        grain,
        period_start,
        old_value,
        new_value,
        cause,
        explanation,
        version,
        restated_at
    from metrics.metric_restatements
    qualify
        row_number() over (
            partition by metric_name
            order by restated_at desc, grain, period_start desc, restatement_number desc
        ) <= {KEPT_EVENTS}
    order by metric_name, restated_at desc, grain, period_start desc, restatement_number desc
"""
DECISIONS = """
    select
        support.link_id as metric_name,
        log.decision_id,
        log.title,
        log.owner,
        log.decided_at,
        support.status,
        support.reason,
        support.metric_value_then
    from data_team.decision_support as support
    inner join data_team.decision_log as log on support.decision_id = log.decision_id
    where support.link_type = 'metric'
    order by metric_name, log.decided_at desc, log.decision_id
"""
EXPERIMENTS = """
    select distinct
        plans.metric_name,
        plans.role,
        catalog.experiment_id,
        coalesce(catalog.title, catalog.experiment_id) as title,
        catalog.started_at
    from experiments.experiment_plans as plans
    inner join experiments.experiment_catalog as catalog
        on plans.experiment_id = catalog.experiment_id
    order by plans.metric_name, catalog.started_at desc, catalog.experiment_id
"""
# By part of a metric: the tables that it reads, and its query.
PARTS = {
    "anomalies": (("metrics.metric_anomalies",), ANOMALIES),
    "restatements": (("metrics.metric_restatements",), RESTATEMENTS),
    "decisions": (("data_team.decision_support", "data_team.decision_log"), DECISIONS),
    "experiments": (
        ("experiments.experiment_plans", "experiments.experiment_catalog"),
        EXPERIMENTS,
    ),
}
CATALOG_TABLE = "quality.data_catalog"
UPSTREAM = f"""
    select data_name, layer, upstream
    from {CATALOG_TABLE}
    where column_name = '(table)'
    order by data_name
"""


class Source(TypedDict):
    """A table that metrics come from: its layer, and the tables that it reads."""

    layer: str
    upstream: list[str]


def add_context(connection: DuckDBPyConnection, metrics: list[dict[str, Any]]) -> None:
    """Give each metric its `inputs` and the lists of PARTS; None where their tables are missing.

    inputs: names of the metrics whose definition stands within its own
    """
    there = tables_of(connection)
    by_name = {metric["metric_name"]: metric for metric in metrics}
    for metric in metrics:
        metric["inputs"] = _inputs(metric, metrics)
    for part, (tables, query) in PARTS.items():
        is_there = there >= {*tables}
        for metric in metrics:
            metric[part] = [] if is_there else None
        for row in rows_of(connection, query) if is_there else []:
            if metric := by_name.get(row.pop("metric_name")):
                metric[part].append(rounded(row))


def read_sources(
    connection: DuckDBPyConnection, metrics: list[dict[str, Any]]
) -> dict[str, Source]:
    """Return by name the tables that metrics come from, down to raw; empty without a catalogue."""
    if CATALOG_TABLE not in tables_of(connection):
        return {}
    known = {
        row["data_name"]: Source(layer=row["layer"], upstream=_listed(row["upstream"]))
        for row in rows_of(connection, UPSTREAM)
    }
    wanted = [name for metric in metrics for name in _listed(metric["models"])]
    sources: dict[str, Source] = {}
    while wanted:
        name = wanted.pop()
        if name in known and name not in sources:
            sources[name] = known[name]
            wanted += known[name]["upstream"]
    return dict(sorted(sources.items()))


def _inputs(metric: dict[str, Any], metrics: list[dict[str, Any]]) -> list[str]:
    formula = metric["formula"] or ""
    return sorted(
        other["metric_name"]
        for other in metrics
        if other is not metric
        and other["formula"]
        and other["formula"] != formula
        and re.search(rf"(^|[(]|= ){re.escape(other['formula'])}($|[);]|, over )", formula)
    )


def _listed(names: str | None) -> list[str]:
    return [name for name in (names or "").split(", ") if name]
