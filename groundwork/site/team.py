"""What the page of the data team shows, read from a published database.

The page carries its data, so it carries a selection: of requests and pipelines numbers by month, of
assets and people where they stand now, of questions that could answer themselves the dearest, of
moves the last. Single requests, single runs and the parts of a cost stay in the database.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.site.data import (
    KEPT_PERIODS,
    Head,
    add_to_line,
    has_tables,
    read_head,
    rows_of,
    shortened,
)

SCHEMA = "data_team"
TEAM_TABLES = tuple(
    f"{SCHEMA}.{name}"
    for name in (
        "team_request_flow",
        "self_service_candidates",
        "decision_log",
        "decision_support",
        "pipeline_reliability",
        "data_team_ledger",
        "data_team_return",
        "asset_usage",
        "team_history",
        "team_moves",
        "operating_model_comparison",
    )
)
# More than these nobody works off; the page says how many there are.
TOP_CANDIDATES = 20
KEPT_MOVES = 100
# Months that weekdays are counted over: a year has some fifty of each.
WEEKDAY_MONTHS = 12

FLOW_CONSTANTS = ("dimension_name", "dimension_value")
FLOW = f"""
    select *
    from data_team.team_request_flow
    qualify
        row_number() over (
            partition by dimension_name, dimension_value
            order by month_start desc
        ) <= {KEPT_PERIODS["month"]}
    order by dimension_name, dimension_value, month_start
"""

PIPELINE_CONSTANTS = ("dag_id",)
PIPELINES = f"""
    select * exclude (weekday)
    from data_team.pipeline_reliability
    where weekday = 'total'
    qualify
        row_number() over (
            partition by dag_id
            order by period_start desc
        ) <= {KEPT_PERIODS["month"]}
    order by dag_id, period_start
"""

WEEKDAYS = f"""
    select
        dag_id,
        weekday,
        sum(run_count) as run_count,
        sum(sla_run_count) as sla_run_count,
        sum(sla_met_count) as sla_met_count,
        min(period_start) as first_month,
        max(period_start) as last_month
    from data_team.pipeline_reliability
    where period_start > (
        select max(period_start) - interval {WEEKDAY_MONTHS} month
        from data_team.pipeline_reliability
    )
    group by all
    order by dag_id, weekday
"""

# Lists of the page, each by its query.
PARTS = {
    "candidates": f"""
        select *, count(*) over () as candidate_count
        from data_team.self_service_candidates
        qualify row_number() over (order by hours_rank, question_group) <= {TOP_CANDIDATES}
        order by hours_rank, question_group
    """,
    "decisions": "select * from data_team.decision_log order by decided_at desc, decision_id",
    "links": "select * from data_team.decision_support order by decision_id, link_type",
    "weekdays": WEEKDAYS,
    "ledger": "select * from data_team.data_team_ledger order by month_start",
    "initiatives": """
        select *
        from data_team.data_team_return
        order by causal_return desc nulls last, saved_cost desc nulls last, initiative_id
    """,
    "assets": """
        select * exclude (department)
        from data_team.asset_usage
        where department = 'total'
        order by asset_type, view_count desc nulls last, asset_name
    """,
    "people": """
        select *
        from data_team.team_history
        where date_day = (select max(date_day) from data_team.team_history)
        order by department, operating_model, role
    """,
    "moves": f"""
        select *
        from data_team.team_moves
        order by event_date desc, event_id
        limit {KEPT_MOVES}
    """,
    "comparison": """
        select *
        from data_team.operating_model_comparison
        order by operating_model, measure
    """,
}

# Lines by month, each by its query and by what a line has once.
LINES = {
    "requests": (FLOW, FLOW_CONSTANTS),
    "pipelines": (PIPELINES, PIPELINE_CONSTANTS),
}


class TeamPage(Head):
    """Everything on the page of the data team.

    has_tables: whether the database has tables of the team
    requests: of all, and of each department and kind, the columns of `team_request_flow` as lists
        by month
    pipelines: of each, the columns of `pipeline_reliability` (all weekdays) as lists by month
    weekdays: runs by pipeline and weekday, over the last months
    candidates, decisions, links, ledger, initiatives, assets, people, moves, comparison: rows as
        in PARTS
    """

    has_tables: bool
    requests: list[dict[str, Any]]
    pipelines: list[dict[str, Any]]
    weekdays: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    links: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    initiatives: list[dict[str, Any]]
    assets: list[dict[str, Any]]
    people: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    comparison: list[dict[str, Any]]


def read_team(connection: DuckDBPyConnection, project_name: str, database_name: str) -> TeamPage:
    """Read the page's data from the connection's default database."""
    page: TeamPage = {
        **read_head(connection, project_name, database_name),
        "has_tables": False,
        **{part: [] for part in (*LINES, *PARTS)},
    }
    if not has_tables(connection, TEAM_TABLES, database_name):
        return page
    page["has_tables"] = True
    for part, query in PARTS.items():
        page[part] = [_shown(row) for row in rows_of(connection, query)]
    for part, (query, constants) in LINES.items():
        for row in rows_of(connection, query):
            add_to_line(page[part], _shown(row), constants)
    return page


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Round to the digits that the page shows, money to cents."""
    return {
        name: shortened(value) if isinstance(value, float) else value for name, value in row.items()
    }
