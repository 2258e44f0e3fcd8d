with versions as (

    select * from {{ ref('int_ml_versions_described') }}

),

launches as (

    select * from {{ ref('ml_launches') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

launched as (

    select
        model_id,
        version_id,
        count(*) as launch_count,
        max(case when is_live then 1 else 0 end) = 1 as is_live,
        min(launched_at) as first_launched_at
    from launches
    group by model_id, version_id

),

final as (

    select
        -- ids
        versions.model_id,
        versions.version_id,

        -- text
        versions.role,
        versions.language,
        versions.framework,
        versions.artifact_uri,
        versions.approval_status,
        versions.stage,
        versions.validation_metric,
        versions.validation_dataset,

        -- numbers
        versions.effort_days,
        versions.validation_value,
        versions.baseline_value,
        versions.gain_over_baseline,
        {{ date_difference(
            'day', 'cast(versions.training_ended_at as date)', 'as_of.as_of_date'
        ) }} as age_days,
        versions.days_to_production,
        versions.prediction_count,
        coalesce(launched.launch_count, 0) as launch_count,

        -- booleans
        versions.is_validated,
        coalesce(launched.is_live, false) as is_live,

        -- times
        versions.training_started_at,
        versions.training_ended_at,
        versions.created_at,
        versions.stage_entered_at,
        versions.validated_at,
        launched.first_launched_at,
        versions.first_predicted_at,
        versions.last_predicted_at
    from versions
    cross join as_of
    left join launched
        on versions.model_id = launched.model_id and versions.version_id = launched.version_id

)

select * from final
