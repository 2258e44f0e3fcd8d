with variants as (

    select * from {{ ref('stg_experiments__variants') }}

),

rollout_stages as (

    select * from {{ ref('stg_experiments__rollout_stages') }}

),

experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

-- without a stage of its own, a variant runs from the start, for all traffic
final as (

    select
        -- ids
        variants.experiment_id,
        variants.stage,
        variants.variant_id,

        -- numbers
        variants.planned_share,
        coalesce(rollout_stages.traffic_share, 1) as traffic_share,

        -- booleans
        variants.variant_id = experiments.control_variant_id as is_control,

        -- times
        coalesce(rollout_stages.started_at, experiments.started_at) as started_at
    from variants
    inner join experiments on variants.experiment_id = experiments.experiment_id
    left join rollout_stages
        on
            variants.experiment_id = rollout_stages.experiment_id
            and variants.stage = rollout_stages.stage

)

select * from final
