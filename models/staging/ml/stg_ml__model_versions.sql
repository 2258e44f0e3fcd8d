with base_model_versions as (

    select * from {{ ref('base_ml__model_versions') }}

),

accepted_model_versions as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        role,
        language,
        framework,
        artifact_uri,
        approval_status,

        -- numbers
        effort_days,

        -- times
        training_started_at,
        training_ended_at,
        reference_started_at,
        reference_ended_at,
        created_at,
        loaded_at
    from base_model_versions
    where rejection_reasons is null

)

select * from accepted_model_versions
