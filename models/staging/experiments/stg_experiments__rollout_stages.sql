with base_rollout_stages as (

    select * from {{ ref('base_experiments__rollout_stages') }}

),

accepted_rollout_stages as (

    select
        -- ids
        experiment_id,

        -- numbers
        coalesce(stage, 1) as stage,
        traffic_share,

        -- times
        started_at,
        loaded_at
    from base_rollout_stages
    where rejection_reasons is null

)

select * from accepted_rollout_stages
