with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

changes as (

    select * from {{ ref('int_experiment_moment_changes') }}
    where segment_name != 'total'

),

totals as (

    select * from {{ ref('int_experiment_moments') }}
    where maturity = 'running'

),

weeks as (

    select * from {{ ref('int_experiment_week_moments') }}

),

experiment_days as (

    select
        experiment_id,
        decision_day as as_of_date
    from decision_days
    where decision_day is not null
    union distinct
    select
        experiment_id,
        last_day as as_of_date
    from decision_days

),

segments as (

    select
        changes.experiment_id,
        changes.metric_name,
        changes.variant_id,
        changes.stage,
        experiment_days.as_of_date,
        changes.maturity,
        changes.segment_name,
        changes.segment_value,
        {{ exact_sum('changes.units') }} as units,
        {{ moment_columns(exact_sum('changes.%s')) }}
    from changes
    inner join experiment_days
        on
            changes.experiment_id = experiment_days.experiment_id
            and changes.date_day <= experiment_days.as_of_date
    group by
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage,
        changes.segment_name,
        changes.segment_value,
        experiment_days.as_of_date

),

-- the metric before the exposure, which no variant can have changed
covariates as (

    select
        totals.experiment_id,
        totals.metric_name,
        totals.variant_id,
        totals.stage,
        totals.as_of_date,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        totals.units,
        totals.sum_x as sum_y,
        totals.sum_w as sum_d,
        {{ moment_columns(exact_integer('0'), ['x', 'w']) }},
        totals.sum_xx as sum_yy,
        totals.sum_xw as sum_yd,
        totals.sum_ww as sum_dd,
        {{ moment_columns(exact_integer('0'), ['yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']) }}
    from totals
    inner join snapshots
        on
            totals.experiment_id = snapshots.experiment_id
            and totals.as_of_date = snapshots.snapshot_day

),

unions as (

    select * from segments
    union all
    select * from covariates
    union all
    select * from weeks

),

final as (

    select
        experiment_id,
        metric_name,
        variant_id,
        stage,
        as_of_date,
        maturity,
        segment_name,
        segment_value,
        units,
        sum_y,
        sum_d,
        sum_x,
        sum_w,
        sum_yy,
        sum_yd,
        sum_dd,
        sum_yx,
        sum_yw,
        sum_dx,
        sum_dw,
        sum_xx,
        sum_xw,
        sum_ww
    from unions

)

select * from final
