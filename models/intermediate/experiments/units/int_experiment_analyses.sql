with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

experiment_metrics as (

    select * from {{ ref('stg_experiments__experiment_metrics') }}

),

metrics as (

    select
        *,
        coalesce(window_days, 0) as waiting_days
    from {{ ref('int_experiment_metrics') }}

),

final as (

    select
        -- ids
        experiments.experiment_id,
        experiment_metrics.metric_name,

        -- text
        experiments.unit,
        experiment_metrics.role,
        metrics.direction,
        coalesce(
            experiments.decision_estimator,
            case
                when metrics.covariate_days > 0 then 'cuped'
                else 'difference_in_means'
            end
        ) as decision_estimator,

        -- numbers
        experiment_metrics.minimum_detectable_effect,
        experiment_metrics.non_inferiority_margin,
        metrics.window_days,
        coalesce(metrics.covariate_days, 14) as covariate_days,
        metrics.cap,
        metrics.cap_quantile,
        metrics.value_scale,
        metrics.denominator_scale,

        -- booleans
        metrics.has_denominator,
        coalesce(metrics.covariate_days, 14) > 0 as has_covariate,
        -- of a metric that counts a unit once there is nothing left in a second week
        metrics.is_additive
        and not metrics.has_denominator
        and coalesce(metrics.window_days, 14) >= 14 as has_second_week,

        -- times: the snapshot that decides, once it is complete
        {{ add_days('experiments.planned_end_date', 'metrics.waiting_days') }}
            as planned_decision_day
    from experiments
    inner join experiment_metrics
        on experiments.experiment_id = experiment_metrics.experiment_id
    inner join metrics on experiment_metrics.metric_name = metrics.metric_name
    where
        metrics.refusal is null
        and concat(', ', metrics.units, ',') like concat('%, ', experiments.unit, ',%')

)

select * from final
