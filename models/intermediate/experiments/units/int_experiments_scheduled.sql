with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

experiment_metrics as (

    select * from {{ ref('stg_experiments__experiment_metrics') }}

),

metrics as (

    select * from {{ ref('int_experiment_metrics') }}

),

metric_catalog as (

    select * from {{ ref('metric_catalog') }}

),

exposures as (

    select * from {{ ref('stg_experiments__exposures') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_exposures as (

    select {{ local_date('max(loaded_at)') }} as last_loaded_date
    from exposures

),

windows as (

    -- how far its metrics look, and how far the tables behind them are complete
    select
        experiment_metrics.experiment_id,
        max(coalesce(metrics.window_days, 0)) as longest_window_days,
        max(case when metrics.window_days is null then 1 else 0 end) as open_window_count,
        max(coalesce(metrics.covariate_days, 14)) as longest_covariate_days,
        max(coalesce(metric_catalog.days_behind, 0)) as days_behind
    from experiment_metrics
    inner join metrics on experiment_metrics.metric_name = metrics.metric_name
    left join metric_catalog on experiment_metrics.metric_name = metric_catalog.metric_name
    group by experiment_metrics.experiment_id

),

ended as (

    select
        experiments.*,
        least(
            coalesce(experiments.ended_at, experiments.planned_end_at), experiments.planned_end_at
        ) as exposures_until,
        coalesce(windows.longest_window_days, 0) as longest_window_days,
        coalesce(windows.open_window_count, 0) > 0 as has_open_window,
        coalesce(windows.longest_covariate_days, 0) as longest_covariate_days,
        coalesce(windows.days_behind, 0) as days_behind
    from experiments
    left join windows on experiments.experiment_id = windows.experiment_id

),

dated as (

    select
        ended.*,
        {{ local_date('ended.started_at') }} as started_date,
        {{ local_date('ended.exposures_until') }} as exposures_until_date,
        {{ local_date('ended.planned_end_at') }} as planned_end_date,
        as_of.as_of_date,
        {{ add_days('as_of.as_of_date', '-1 - ended.days_behind') }}
            as facts_complete_day,
        last_exposures.last_loaded_date
    from ended
    cross join as_of
    cross join last_exposures

),

completed as (

    select
        *,
        -- no exposure is waited for once no more can count
        case
            when
                exposures_until_date > last_loaded_date
                and {{ add_days('last_loaded_date', '-1') }} < facts_complete_day
                then {{ add_days('last_loaded_date', '-1') }}
            else facts_complete_day
        end as complete_day,
        {{ add_days('planned_end_date', 'longest_window_days') }} as last_change_day
    from dated

),

final as (

    select
        -- ids
        experiment_id,
        control_variant_id,

        -- text
        title,
        hypothesis,
        owner,
        unit,
        kind,
        status,
        monitoring,
        primary_rule,
        decision_estimator,
        decision,
        decided_by,

        -- numbers
        alpha,
        power,
        longest_window_days,
        longest_covariate_days,

        -- booleans
        has_open_window,

        -- times
        registered_at,
        started_at,
        planned_end_at,
        ended_at,
        decided_at,
        exposures_until,
        started_date,
        planned_end_date,
        complete_day,
        least(complete_day, last_change_day) as last_day
    from completed

)

select * from final
