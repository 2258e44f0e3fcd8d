with base_launches as (

    select * from {{ ref('base_ml__launches') }}

),

accepted_launches as (

    select
        -- ids
        launch_id,
        model_id,
        version_id,
        experiment_id,

        -- text
        platform,
        endpoint,
        coalesce(outcome, 'running') as outcome,

        -- numbers
        traffic_share,

        -- times
        launched_at,
        ended_at,
        loaded_at
    from base_launches
    where rejection_reasons is null

)

select * from accepted_launches
