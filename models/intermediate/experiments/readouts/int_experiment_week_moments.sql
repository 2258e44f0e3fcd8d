with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

analyses as (

    select * from {{ ref('int_experiment_analyses') }}
    where has_second_week

),

units as (

    select * from {{ ref('int_experiment_units') }}

),

unit_days as (

    select * from {{ ref('int_experiment_unit_days') }}
    where population = 'exposed'

),

cohorts as (

    select
        units.experiment_id,
        units.unit_id,
        units.variant_id,
        units.stage,
        {{ add_days('units.exposed_date', 7) }} as second_week_date,
        {{ add_days('units.exposed_date', 14) }} as third_week_date
    from units
    inner join snapshots on units.experiment_id = snapshots.experiment_id
    where
        units.is_planned
        and {{ add_days('units.exposed_date', 14) }} <= snapshots.snapshot_day
        and (units.left_date is null or units.left_date > snapshots.snapshot_day)

),

unit_week_days as (

    select
        cohorts.experiment_id,
        analyses.metric_name,
        cohorts.variant_id,
        cohorts.stage,
        cohorts.unit_id,
        case
            when unit_days.date_day < cohorts.second_week_date then unit_days.y_added
            else 0
        end as first_week,
        case
            when
                unit_days.date_day >= cohorts.second_week_date
                and unit_days.date_day < cohorts.third_week_date
                then unit_days.y_added
            else 0
        end as second_week
    from cohorts
    inner join analyses on cohorts.experiment_id = analyses.experiment_id
    left join unit_days
        on
            cohorts.experiment_id = unit_days.experiment_id
            and analyses.metric_name = unit_days.metric_name
            and cohorts.unit_id = unit_days.unit_id

),

unit_weeks as (

    select
        experiment_id,
        metric_name,
        variant_id,
        stage,
        unit_id,
        {{ exact_sum('first_week') }} as first_week,
        {{ exact_sum('second_week') }} as second_week
    from unit_week_days
    group by experiment_id, metric_name, variant_id, stage, unit_id

),

weeks (segment_value) as (

    values ('early'), ('late'), ('change')

),

unit_changes as (

    select
        unit_weeks.*,
        weeks.segment_value,
        case weeks.segment_value
            when 'early' then unit_weeks.first_week
            when 'late' then unit_weeks.second_week
            else unit_weeks.second_week - unit_weeks.first_week
        end as amount
    from unit_weeks
    cross join weeks

),

final as (

    select
        unit_changes.experiment_id,
        unit_changes.metric_name,
        unit_changes.variant_id,
        unit_changes.stage,
        snapshots.snapshot_day as as_of_date,
        'weeks' as maturity,
        'week' as segment_name,
        unit_changes.segment_value,
        {{ exact_integer('count(*)') }} as units,
        {{ exact_sum('unit_changes.amount') }} as sum_y,
        {{ moment_columns(exact_integer('0'), ['d', 'x', 'w']) }},
        {{ exact_sum(exact_product(['unit_changes.amount', 'unit_changes.amount'])) }} as sum_yy,
        {{ moment_columns(
            exact_integer('0'), ['yd', 'dd', 'yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']
        ) }}
    from unit_changes
    inner join snapshots on unit_changes.experiment_id = snapshots.experiment_id
    group by
        unit_changes.experiment_id,
        unit_changes.metric_name,
        unit_changes.variant_id,
        unit_changes.stage,
        snapshots.snapshot_day,
        unit_changes.segment_value

)

select * from final
