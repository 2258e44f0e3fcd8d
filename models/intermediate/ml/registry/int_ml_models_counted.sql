with models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

counted_versions as (

    select
        model_id,
        count(*) as version_count,
        count(case when role = 'heuristic_baseline' then 1 end) as baseline_count,
        min(case when role = 'heuristic_baseline' then version_id end) as baseline_version_id,
        sum(effort_days) as effort_days
    from versions
    group by model_id

),

final as (

    select
        -- ids
        models.model_id,
        counted_versions.baseline_version_id,

        -- text
        models.title,
        models.hypothesis,
        models.owner,
        models.team,
        models.task,
        models.entity,
        models.validation_metric,
        models.chunk_grain,

        -- numbers
        cast(models.label_window_days as bigint) as label_window_days,
        models.decision_threshold,
        cast(models.max_age_days as bigint) as max_age_days,
        models.psi_threshold,
        models.minimum_gain,
        coalesce(counted_versions.version_count, 0) as version_count,
        counted_versions.effort_days,

        -- booleans
        models.owner is not null as has_owner,
        coalesce(counted_versions.baseline_count, 0) > 0 as has_baseline,

        -- times
        models.registered_at
    from models
    left join counted_versions on models.model_id = counted_versions.model_id

)

select * from final
