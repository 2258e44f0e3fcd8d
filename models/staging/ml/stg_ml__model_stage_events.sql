with base_model_stage_events as (

    select * from {{ ref('base_ml__model_stage_events') }}

),

accepted_model_stage_events as (

    select
        -- ids
        stage_event_id,
        model_id,
        version_id,

        -- text
        stage,
        actor,

        -- times
        occurred_at,
        loaded_at
    from base_model_stage_events
    where rejection_reasons is null

)

select * from accepted_model_stage_events
