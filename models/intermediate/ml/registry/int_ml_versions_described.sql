with versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

stages as (

    select * from {{ ref('int_ml_versions_staged') }}

),

validations as (

    select * from {{ ref('int_ml_versions_validated') }}

),

predictions as (

    select * from {{ ref('stg_ml__predictions') }}

),

predicted as (

    select
        model_id,
        version_id,
        count(*) as prediction_count,
        min(predicted_at) as first_predicted_at,
        max(predicted_at) as last_predicted_at
    from predictions
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
        stages.stage,
        validations.validation_metric,
        validations.dataset as validation_dataset,

        -- numbers
        versions.effort_days,
        validations.metric_value as validation_value,
        validations.baseline_value,
        validations.gain_over_baseline,
        stages.days_to_production,
        coalesce(predicted.prediction_count, 0) as prediction_count,

        -- booleans
        validations.is_passed as is_validated,

        -- times
        versions.training_started_at,
        versions.training_ended_at,
        versions.created_at,
        stages.stage_entered_at,
        validations.validated_at,
        predicted.first_predicted_at,
        predicted.last_predicted_at
    from versions
    left join stages
        on versions.model_id = stages.model_id and versions.version_id = stages.version_id
    left join validations
        on
            versions.model_id = validations.model_id
            and versions.version_id = validations.version_id
            and validations.validations_back = 1
    left join predicted
        on versions.model_id = predicted.model_id and versions.version_id = predicted.version_id

)

select * from final
