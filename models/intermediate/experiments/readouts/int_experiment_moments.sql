with changes as (

    select * from {{ ref('int_experiment_moment_changes') }}
    where segment_name = 'total'

),

experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

series as (

    select
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage,
        min(changes.date_day) as first_day,
        max(experiments.last_day) as last_day
    from changes
    inner join experiments on changes.experiment_id = experiments.experiment_id
    group by
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage

),

days as (

    select
        experiment_id,
        metric_name,
        maturity,
        variant_id,
        stage,
        {{ days_between('first_day', 'last_day') }} as as_of_date
    from series

),

final as (

    select
        days.experiment_id,
        days.metric_name,
        days.maturity,
        days.variant_id,
        days.stage,
        'total' as segment_name,
        'total' as segment_value,
        days.as_of_date,
        sum(coalesce(changes.units, 0)) over until_today as units,
        {{ moment_columns('sum(coalesce(changes.%s, 0)) over until_today') }}
    from days
    left join changes
        on
            days.experiment_id = changes.experiment_id
            and days.metric_name = changes.metric_name
            and days.maturity = changes.maturity
            and days.variant_id = changes.variant_id
            and days.stage = changes.stage
            and days.as_of_date = changes.date_day
    window until_today as (
        partition by
            days.experiment_id, days.metric_name, days.maturity, days.variant_id, days.stage
        order by days.as_of_date
        rows between unbounded preceding and current row
    )

)

select * from final
