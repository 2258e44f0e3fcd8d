with analyses as (

    select * from {{ ref('int_experiment_analyses') }}

),

experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

arms as (

    select * from {{ ref('int_experiment_arms') }}

),

baselines as (

    select * from {{ ref('int_experiment_baselines') }}

),

last_stages as (

    select
        experiment_id,
        max(stage) as stage
    from arms
    group by experiment_id

),

-- the pair of the control and its smallest treatment asks for the most units
shares as (

    select
        arms.experiment_id,
        max(arms.traffic_share) as traffic_share,
        sum(arms.planned_share) as all_shares,
        max(case when arms.is_control then arms.planned_share end) as control_share,
        min(
            case
                when not arms.is_control and arms.planned_share > 0 then arms.planned_share
            end
        ) as treatment_share
    from arms
    inner join last_stages
        on
            arms.experiment_id = last_stages.experiment_id
            and arms.stage = last_stages.stage
    group by arms.experiment_id

),

targets as (

    select
        analyses.experiment_id,
        analyses.metric_name,
        analyses.role,
        analyses.window_days,
        analyses.minimum_detectable_effect,
        experiments.alpha,
        -- every guardrail has to be shown safe beside the primary
        1 - (1 - experiments.power) / (
            1 + count(case when analyses.role = 'guardrail' then 1 end) over (
                partition by analyses.experiment_id
            )
        ) as power,
        {{ date_difference('day', 'experiments.started_date', 'experiments.planned_end_date') }}
            as planned_days,
        shares.traffic_share,
        shares.all_shares / shares.control_share
        + shares.all_shares / shares.treatment_share as share_factor
    from analyses
    inner join experiments on analyses.experiment_id = experiments.experiment_id
    inner join shares on analyses.experiment_id = shares.experiment_id

),

{{ noncentrality('solved_targets', 'targets') }},

final as (

    select
        solved_targets.*,
        baselines.past_unit_count,
        baselines.baseline,
        baselines.variance,
        ceil(
            solved_targets.noncentrality * solved_targets.noncentrality
            * baselines.variance * solved_targets.share_factor
            / nullif(
                solved_targets.minimum_detectable_effect
                * solved_targets.minimum_detectable_effect
                * baselines.baseline * baselines.baseline,
                0
            )
        ) as sample_size
    from solved_targets
    left join baselines
        on
            solved_targets.experiment_id = baselines.experiment_id
            and solved_targets.metric_name = baselines.metric_name

)

select * from final
