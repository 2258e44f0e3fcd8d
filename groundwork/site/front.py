"""What the front page shows: the metrics, and what wants to be looked at of all that is published.

Each part is read where its tables are published, and left out where they are not.
"""

from __future__ import annotations

from typing import Any, TypedDict

from duckdb import DuckDBPyConnection

from groundwork.site.context import Source, add_context, read_sources
from groundwork.site.data import Page, read_page, rounded, rows_of, tables_of

# Anomalies of these last days of the data are news; older ones are history.
NEWS_DAYS = 7
KEPT_NEWS = 20
# What can be decided, and what was planned to be decided; an A/A test decides nothing.
UNDECIDED = """
    select
        decisions.experiment_id,
        decisions.treatment_variant_id,
        coalesce(catalog.title, decisions.experiment_id) as title,
        catalog.owner,
        decisions.recommendation,
        decisions.planned_decision_date,
        decisions.decision_date
    from experiments.experiment_decisions as decisions
    inner join experiments.experiment_catalog as catalog
        on decisions.experiment_id = catalog.experiment_id
    where decisions.decision is null and catalog.kind is distinct from 'aa'
    order by
        decisions.decision_date is null,
        decisions.planned_decision_date,
        decisions.experiment_id,
        decisions.treatment_variant_id
"""
TO_REBUILD = """
    select model_id, title, responsible, what_to_do, trigger_count, first_triggered_date
    from ml.ml_model_cards
    where trigger_count > 0
    order by trigger_count desc, first_triggered_date, model_id
"""
ODD_METRICS = f"""
    select
        metric_name,
        max(date_day) as date_day,
        arg_max(actual_value, date_day) as actual_value,
        arg_max(expected_value, date_day) as expected_value
    from metrics.metric_anomalies
    where
        is_anomaly
        and date_day > (select max(date_day) - {NEWS_DAYS} from metrics.metric_anomalies)
    group by metric_name
    order by date_day desc, metric_name
    limit {KEPT_NEWS}
"""
ODD_TABLES = f"""
    select
        table_name,
        max(date_day) as date_day,
        count(*) as anomaly_count
    from quality.data_anomalies
    where
        is_anomaly
        and date_day > (select max(date_day) - {NEWS_DAYS} from quality.data_anomalies)
    group by table_name
    order by date_day desc, table_name
    limit {KEPT_NEWS}
"""
OPEN_INCIDENTS = """
    select
        incident_id,
        coalesce(affected_table, affected_metric) as affected,
        kind,
        severity,
        started_at
    from quality.data_incidents
    where is_open
    order by started_at, incident_id
"""
CHECKS = """
    select
        coalesce(sum(last_test_count), 0)::bigint as check_count,
        coalesce(sum(last_failed_count), 0)::bigint as failed_count,
        max(last_tested_at) as tested_at
    from quality.data_catalog
    where column_name = '(table)'
"""
LATE_TABLES = """
    select
        source_name || '.' || table_name as table_name,
        days_behind
    from quality.data_quality_scorecard
    where not is_absent and fresh_share < 1
    order by days_behind desc, table_name
"""

# By part: the tables that it reads, and its query.
PARTS = {
    "experiments": (
        ("experiments.experiment_decisions", "experiments.experiment_catalog"),
        UNDECIDED,
    ),
    "models": (("ml.ml_model_cards",), TO_REBUILD),
    "odd_metrics": (("metrics.metric_anomalies",), ODD_METRICS),
    "odd_tables": (("quality.data_anomalies",), ODD_TABLES),
    "incidents": (("quality.data_incidents",), OPEN_INCIDENTS),
    "checks": (("quality.data_catalog",), CHECKS),
    "late_tables": (("quality.data_quality_scorecard",), LATE_TABLES),
}
# Parts that have nothing to say while their first table is empty: the group is not in use.
NEEDS_ROWS = ("experiments", "models", "odd_metrics")


class News(TypedDict):
    """What wants to be looked at; a part is None where its tables are not published, or not in use.

    experiments: without a decision; those that the rule has spoken on first
    models: that something asks to be built again
    odd_metrics, odd_tables: metrics and raw tables with an anomaly in the last days
    incidents: that are open
    checks: how many ran last, and failed; when
    late_tables: raw tables that are later than they may be
    days: that an anomaly is news for
    """

    experiments: list[dict[str, Any]] | None
    models: list[dict[str, Any]] | None
    odd_metrics: list[dict[str, Any]] | None
    odd_tables: list[dict[str, Any]] | None
    incidents: list[dict[str, Any]] | None
    checks: list[dict[str, Any]] | None
    late_tables: list[dict[str, Any]] | None
    days: int


def read_news(connection: DuckDBPyConnection) -> News:
    """Read the parts whose tables the connection's default database has."""
    there = tables_of(connection)
    parts: dict[str, list[dict[str, Any]] | None] = {}
    for part, (tables, query) in PARTS.items():
        is_known = there >= {*tables} and (
            part not in NEEDS_ROWS
            or rows_of(connection, f"select 1 as row from {tables[0]} limit 1")
        )
        parts[part] = [rounded(row) for row in rows_of(connection, query)] if is_known else None
    return {**parts, "days": NEWS_DAYS}


class FrontPage(Page):
    """The front page: metrics with their context (see `add_context`), and what is new.

    sources: by name, the tables that metrics come from
    news: what wants to be looked at
    """

    sources: dict[str, Source]
    news: News


def read_front(
    connection: DuckDBPyConnection, project_name: str, database_name: str, absent: list[str]
) -> FrontPage:
    """Read the front page's data from the connection's default database.

    absent: as `read_page` takes it
    """
    page = read_page(connection, project_name, database_name, absent)
    add_context(connection, page["metrics"])
    return {
        **page,
        "sources": read_sources(connection, page["metrics"]),
        "news": read_news(connection),
    }
