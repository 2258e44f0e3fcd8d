"""What the page of data quality shows, read from a published database.

The page carries a table of the raw contract in one row, with its loads added up; of anomalies the
last; incidents and months of downtime as they are.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.site.data import KEPT_PERIODS, Head, has_tables, read_head, rounded, rows_of

SCHEMA = "quality"
QUALITY_TABLES = tuple(
    f"{SCHEMA}.{name}"
    for name in (
        "data_quality_scorecard",
        "source_reconciliation",
        "data_incidents",
        "data_downtime",
        "data_anomalies",
        "data_catalog",
    )
)
KEPT_ANOMALIES = 60

# Lists of the page, each by its query.
PARTS = {
    "tables": """
        with loads as (
            select
                source_name,
                table_name,
                count(*) as load_count,
                count_if(not is_reconciled) as odd_load_count,
                bool_and(is_reconciled) as is_reconciled
            from quality.source_reconciliation
            group by source_name, table_name
        )

        select
            scores.*,
            loads.* exclude (source_name, table_name)
        from quality.data_quality_scorecard as scores
        left join loads
            on
                scores.source_name = loads.source_name
                and scores.table_name = loads.table_name
        order by scores.score nulls last, scores.source_name, scores.table_name
    """,
    "incidents": """
        select *
        from quality.data_incidents
        order by is_open desc, started_at desc, incident_id
    """,
    "downtime": f"""
        select *
        from quality.data_downtime
        where grain = 'month' and dimension_name = 'total'
        qualify row_number() over (order by period_start desc) <= {KEPT_PERIODS["month"]}
        order by period_start
    """,
    "downtime_by": """
        select * exclude (grain, period_start)
        from quality.data_downtime
        where grain = 'all' and dimension_name in ('total', 'affected_table', 'severity')
        order by dimension_name = 'total' desc, dimension_name, downtime_hours desc, dimension_value
    """,
    "anomalies": f"""
        select *, count(*) over () as anomaly_count
        from quality.data_anomalies
        where is_anomaly
        qualify
            row_number() over (order by date_day desc, table_name, kind, column_name)
            <= {KEPT_ANOMALIES}
        order by date_day desc, table_name, kind, column_name
    """,
    "failed": """
        select data_name, owner, last_test_count, last_failed_count, last_tested_at
        from quality.data_catalog
        where column_name = '(table)' and last_failed_count > 0
        order by last_failed_count desc, data_name
    """,
}
MONTHS = """
    select cast(unnest(generate_series(
        min(period_start),
        greatest(
            max(period_start),
            (select date_trunc('month', max(last_day)) from metrics.metric_catalog)
        ),
        interval 1 month
    )) as date) as month_start
    from quality.data_downtime
    where grain = 'month'
"""


class QualityPage(Head):
    """Everything on the page of data quality.

    has_tables: whether the database has tables of quality
    tables: of the raw contract, the worst first: columns of `data_quality_scorecard`, how
        many loads there were and how many of them do not add up
    months: from the first month with downtime to the last of the data
    incidents, downtime, downtime_by, anomalies, failed: rows as in PARTS
    """

    has_tables: bool
    tables: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    downtime: list[dict[str, Any]]
    downtime_by: list[dict[str, Any]]
    anomalies: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    months: list[str]


def read_quality(
    connection: DuckDBPyConnection, project_name: str, database_name: str
) -> QualityPage:
    """Read the page's data from the connection's default database."""
    page: QualityPage = {
        **read_head(connection, project_name, database_name),
        "has_tables": False,
        "months": [],
        **{part: [] for part in PARTS},
    }
    if not has_tables(connection, QUALITY_TABLES, database_name):
        return page
    page["has_tables"] = True
    for part, query in PARTS.items():
        page[part] = [rounded(row) for row in rows_of(connection, query)]
    page["months"] = [row["month_start"] for row in rows_of(connection, MONTHS)]
    return page
