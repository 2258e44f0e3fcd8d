"""What the page of experiments shows, read from a published database.

The page carries its data, so it carries a selection of the readouts, each treatment's of one day:
the one that decides, or the latest. By day it carries the primary metrics alone, of matured units
and with the estimator that decides; of segments those that have a number.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.site.data import Head, add_to_line, has_tables, read_head, rounded, rows_of

SCHEMA = "experiments"
EXPERIMENT_TABLES = tuple(
    f"{SCHEMA}.experiment_{name}"
    for name in ("catalog", "decisions", "readouts", "health_checks", "plans", "rollouts")
)

CATALOG = """
    select *
    from experiments.experiment_catalog
    order by started_at desc, experiment_id
"""

METRICS = """
    select distinct on (catalog.metric_name)
        catalog.metric_name,
        coalesce(catalog.label, catalog.metric_name) as label,
        catalog.unit,
        catalog.direction
    from metrics.metric_catalog as catalog
    inner join experiments.experiment_plans as plans on catalog.metric_name = plans.metric_name
    order by catalog.metric_name
"""

# The day of a treatment that its numbers are shown of: the one that decides, or the latest.
SHOWN = """
    with days as (
        select
            experiment_id,
            treatment_variant_id,
            coalesce(
                max(case when is_decision_date then as_of_date end),
                max(case when is_latest then as_of_date end)
            ) as as_of_date
        from experiments.experiment_readouts
        group by experiment_id, treatment_variant_id
    ),

    shown as (
        select readouts.*
        from experiments.experiment_readouts as readouts
        semi join days using (experiment_id, treatment_variant_id, as_of_date)
        where maturity = 'matured'
    )
"""

ROLES = "case role when 'primary' then 1 when 'guardrail' then 2 else 3 end"

EFFECTS = f"""
    {SHOWN}
    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        role,
        estimator,
        is_decision_estimator,
        is_decision_date,
        as_of_date,
        control_n,
        treatment_n,
        control_mean,
        treatment_mean,
        effect,
        effect_ci_lower,
        effect_ci_upper,
        relative_effect,
        relative_effect_ci_lower,
        relative_effect_ci_upper,
        p_value_adjusted,
        always_valid_p_value,
        non_inferiority_margin,
        non_inferiority_p_value,
        harm_p_value,
        probability_better,
        variance_reduction,
        matured_share,
        verdict,
        reason
    from shown
    where segment_name = 'total'
    order by
        experiment_id, {ROLES}, metric_name, treatment_variant_id, is_decision_estimator desc
"""

SEGMENTS = f"""
    {SHOWN}
    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        segment_name,
        segment_value,
        as_of_date,
        control_n,
        treatment_n,
        effect,
        effect_ci_lower,
        effect_ci_upper,
        relative_effect,
        relative_effect_ci_lower,
        relative_effect_ci_upper,
        p_value_adjusted,
        reason
    from shown
    where segment_name != 'total' and is_decision_estimator
    order by
        experiment_id,
        {ROLES},
        metric_name,
        treatment_variant_id,
        segment_name,
        control_n + treatment_n desc,
        segment_value
"""

DAILY_NUMBERS = (
    "effect",
    "effect_ci_lower",
    "effect_ci_upper",
    "always_valid_ci_lower",
    "always_valid_ci_upper",
)

DAILY = f"""
    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        as_of_date as days,
        control_n + treatment_n as units,
        {", ".join(DAILY_NUMBERS)}
    from experiments.experiment_readouts
    where
        role = 'primary'
        and maturity = 'matured'
        and segment_name = 'total'
        and is_decision_estimator
    order by experiment_id, metric_name, treatment_variant_id, as_of_date
"""

# Parts that an experiment has a list of, each by its query.
PARTS = {
    "treatments": """
        select *
        from experiments.experiment_decisions
        order by experiment_id, treatment_variant_id
    """,
    "effects": EFFECTS,
    "checks": """
        select *
        from experiments.experiment_health_checks
        order by
            experiment_id,
            case status when 'failed' then 1 when 'warning' then 2 when 'passed' then 3 else 4 end,
            is_blocking desc,
            check_name,
            metric_name,
            treatment_variant_id,
            stage,
            segment_name
    """,
    "plans": f"""
        select *
        from experiments.experiment_plans
        order by experiment_id, {ROLES}, metric_name
    """,
    "stages": "select * from experiments.experiment_rollouts order by experiment_id, stage",
}


class ExperimentsPage(Head):
    """Everything on the page of experiments.

    has_tables: whether the database has tables of experiments
    metrics: by name, label, unit and direction of the metrics that experiments are judged by
    experiments: each with the columns of `experiment_catalog` and lists of its `treatments`
        (columns as in `experiment_decisions`), `effects`, `checks`, `plans`, `stages` and
        `segments` (those that have a number; `segment_count` counts all), and with its `daily`
        lines: of each primary and treatment the `days` and, by column, their numbers
    """

    has_tables: bool
    metrics: dict[str, dict[str, Any]]
    experiments: list[dict[str, Any]]


def read_experiments(
    connection: DuckDBPyConnection, project_name: str, database_name: str
) -> ExperimentsPage:
    """Read the page's data from the connection's default database."""
    page: ExperimentsPage = {
        **read_head(connection, project_name, database_name),
        "has_tables": False,
        "metrics": {},
        "experiments": [],
    }
    if not has_tables(connection, EXPERIMENT_TABLES, database_name):
        return page
    page["has_tables"] = True
    page["metrics"] = {metric["metric_name"]: metric for metric in rows_of(connection, METRICS)}
    page["experiments"] = [rounded(row) for row in rows_of(connection, CATALOG)]
    by_id = {}
    for experiment in page["experiments"]:
        experiment.update({part: [] for part in (*PARTS, "segments", "daily")}, segment_count=0)
        by_id[experiment["experiment_id"]] = experiment
    for part, query in PARTS.items():
        for row in rows_of(connection, query):
            experiment = by_id[row.pop("experiment_id")]
            experiment[part].append(rounded(row))
    for row in rows_of(connection, SEGMENTS):
        experiment = by_id[row.pop("experiment_id")]
        experiment["segment_count"] += 1
        if row["effect"] is not None:
            experiment["segments"].append(rounded(row))
    for row in rows_of(connection, DAILY):
        daily = by_id[row.pop("experiment_id")]["daily"]
        add_to_line(daily, rounded(row), ("metric_name", "treatment_variant_id"))
    return page
