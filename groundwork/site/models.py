"""What the page of machine-learning models shows, read from a published database.

The page carries its data, so it carries a selection. Of performance it has the total by every
metric, and by the metric that a model was registered with the largest segments; of drift every
feature and measure. Both have the last chunks alone, as many as the page of metrics has periods.
Single predictions, lists of recommended courses, and what is on record of models that nobody
registered stay in the database; the page names such models.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.site.data import (
    KEPT_PERIODS,
    TOP_VALUES,
    Head,
    add_to_line,
    has_tables,
    read_head,
    rounded,
    rows_of,
)

SCHEMA = "ml"
MODEL_TABLES = tuple(
    f"{SCHEMA}.ml_{name}"
    for name in (
        "models",
        "model_cards",
        "model_versions",
        "iterations",
        "launches",
        "launch_checks",
        "handovers",
        "handover_friction",
        "performance",
        "calibration",
        "comparisons",
        "feature_drift",
        "prediction_drift",
        "rebuild_triggers",
        "ranking_quality",
        "off_policy_estimates",
    )
)

MODELS = "select * from ml.ml_models order by lower(coalesce(title, model_id)), model_id"
RANKING = "select * from ml.ml_ranking_quality order by method, k"
UNREGISTERED = """
    select distinct model_id
    from ml.ml_launches
    anti join ml.ml_models using (model_id)
    order by model_id
"""
FRICTION = "select * from ml.ml_handover_friction where dimension_name = 'total'"

KEPT = f"case chunk_grain when 'day' then {KEPT_PERIODS['day']} else {KEPT_PERIODS['week']} end"

# What a line of performance has once, and the order of its rows.
PERFORMANCE_CONSTANTS = (
    "version_id",
    "segment_value",
    "metric_name",
    "band_reason",
    "reference_mean",
    "band_lower",
    "band_upper",
    "estimated_reference_mean",
    "estimated_band_lower",
    "estimated_band_upper",
)
PERFORMANCE_VALUES = (
    "chunk_start",
    "reason",
    "estimated_reason",
    "realised_value",
    "estimated_value",
    "prediction_count",
    "mature_count",
    "unlabelled_count",
    "positive_count",
    "is_reference",
    "is_complete_chunk",
    "is_realised_alarm",
    "is_estimated_alarm",
)
PERFORMANCE_COLUMNS = ", ".join(("model_id", *PERFORMANCE_CONSTANTS, *PERFORMANCE_VALUES))

PERFORMANCE = f"""
    select {PERFORMANCE_COLUMNS}
    from ml.ml_performance
    where segment_name = 'total'
    qualify
        row_number() over (
            partition by model_id, version_id, metric_name
            order by chunk_start desc
        ) <= {KEPT}
    order by model_id, version_id, metric_name, chunk_start
"""

SEGMENTS = f"""
    with registered as (
        select performance.*
        from ml.ml_performance as performance
        inner join ml.ml_models as models
            on
                performance.model_id = models.model_id
                and performance.metric_name = models.validation_metric
        where segment_name != 'total'
    ),

    sizes as (
        select
            model_id,
            version_id,
            segment_value,
            sum(prediction_count) as size
        from registered
        group by all
    ),

    ranked as (
        select
            *,
            count(*) over (partition by model_id, version_id) as segment_count,
            row_number() over (
                partition by model_id, version_id
                order by size desc, segment_value
            ) as size_rank
        from sizes
    )

    select {PERFORMANCE_COLUMNS}, segment_count
    from registered
    inner join ranked using (model_id, version_id, segment_value)
    where size_rank <= {TOP_VALUES}
    qualify
        row_number() over (
            partition by model_id, version_id, segment_value
            order by chunk_start desc
        ) <= {KEPT}
    order by model_id, version_id, size_rank, chunk_start
"""

DRIFT_CONSTANTS = ("version_id", "feature_name", "measure")
DRIFT_VALUES = (
    "chunk_start",
    "reason",
    "value",
    "threshold",
    "chunk_count",
    "is_reference",
    "is_complete_chunk",
    "is_drifted",
)

# The score is the feature without a name.
DRIFT = f"""
    with drift as (
        select * from ml.ml_feature_drift
        union all by name
        select * from ml.ml_prediction_drift
    )

    select {", ".join(("model_id", *DRIFT_CONSTANTS, *DRIFT_VALUES))}
    from drift
    qualify
        row_number() over (
            partition by model_id, version_id, feature_name, measure
            order by chunk_start desc
        ) <= {KEPT}
    order by model_id, version_id, feature_name nulls first, measure, chunk_start
"""

# Lines that a model has, each by its query and by what a line has once.
LINES = {
    "performance": (PERFORMANCE, PERFORMANCE_CONSTANTS),
    "segments": (SEGMENTS, (*PERFORMANCE_CONSTANTS, "segment_count")),
    "drift": (DRIFT, DRIFT_CONSTANTS),
}

# Parts that a model has a list of, each by its query.
PARTS = {
    "cards": "select * from ml.ml_model_cards",
    "versions": "select * from ml.ml_model_versions order by model_id, created_at, version_id",
    "iterations": "select * from ml.ml_iterations order by model_id, iteration",
    "launches": "select * from ml.ml_launches order by model_id, launched_at desc, launch_id",
    "checks": """
        select *
        from ml.ml_launch_checks
        order by model_id, launch_id, status, check_name
    """,
    "handovers": "select * from ml.ml_handovers order by model_id, requested_at desc, handover_id",
    "triggers": """
        select *
        from ml.ml_rebuild_triggers
        order by
            model_id,
            version_id,
            is_triggered desc,
            case trigger_name
                when 'realised_decay' then 1
                when 'estimated_decay' then 2
                when 'feature_drift' then 3
                when 'prediction_drift' then 4
                else 5
            end
    """,
    "calibration": """
        select *
        from ml.ml_calibration
        order by model_id, version_id, period desc, bin_number
    """,
    "comparisons": "select * from ml.ml_comparisons order by model_id, version_id, metric_name",
    "estimates": """
        select *
        from ml.ml_off_policy_estimates
        order by model_id, version_id, logging_version_id, position, estimator
    """,
}


class ModelsPage(Head):
    """Everything on the page of models.

    has_tables: whether the database has tables of models
    models: each with the columns of `ml_models`, its `card` (columns as in `ml_model_cards`; None
        where there is none), lists as in PARTS, and lines as in LINES: what a line has once, and
        the other columns as lists by chunk
    unregistered: models that were launched without a registration
    ranking: rows of `ml_ranking_quality`
    friction: handovers of all models together (columns as in `ml_handover_friction`), or None
    """

    has_tables: bool
    models: list[dict[str, Any]]
    unregistered: list[str]
    ranking: list[dict[str, Any]]
    friction: dict[str, Any] | None


def read_models(
    connection: DuckDBPyConnection, project_name: str, database_name: str
) -> ModelsPage:
    """Read the page's data from the connection's default database."""
    page: ModelsPage = {
        **read_head(connection, project_name, database_name),
        "has_tables": False,
        "models": [],
        "unregistered": [],
        "ranking": [],
        "friction": None,
    }
    if not has_tables(connection, MODEL_TABLES, database_name):
        return page
    page["has_tables"] = True
    page["models"] = [rounded(row) for row in rows_of(connection, MODELS)]
    page["unregistered"] = [row["model_id"] for row in rows_of(connection, UNREGISTERED)]
    page["ranking"] = [rounded(row) for row in rows_of(connection, RANKING)]
    page["friction"] = next(map(rounded, rows_of(connection, FRICTION)), None)
    by_id = {}
    for model in page["models"]:
        model.update({part: [] for part in (*PARTS, *LINES)})
        by_id[model["model_id"]] = model
    for part, query in PARTS.items():
        for row in rows_of(connection, query):
            if model := by_id.get(row.pop("model_id")):
                model[part].append(rounded(row))
    for part, (query, constants) in LINES.items():
        for row in rows_of(connection, query):
            if model := by_id.get(row.pop("model_id")):
                add_to_line(model[part], rounded(row), constants)
    for model in page["models"]:
        model["card"] = next(iter(model.pop("cards")), None)
    return page
