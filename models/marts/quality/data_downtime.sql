with incidents as (

    select * from {{ ref('int_incidents_by_dimension') }}

),

downtime_days as (

    select * from {{ ref('int_downtime_days') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

seconds_by_month as (

    select
        dimension_name,
        dimension_value,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as period_start,
        sum(downtime_seconds) as downtime_seconds
    from downtime_days
    group by
        dimension_name,
        dimension_value,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date)

),

downtime as (

    select
        dimension_name,
        dimension_value,
        'month' as grain,
        period_start,
        downtime_seconds
    from seconds_by_month
    union all
    select
        dimension_name,
        dimension_value,
        'all' as grain,
        cast(null as date) as period_start,
        sum(downtime_seconds) as downtime_seconds
    from seconds_by_month
    group by dimension_name, dimension_value

),

-- an incident belongs to the month in which it began
by_period as (

    select
        'month' as grain,
        cast({{ dbt.date_trunc('month', 'started_at') }} as date) as period_start,
        *
    from incidents
    union all
    select
        'all' as grain,
        cast(null as date) as period_start,
        *
    from incidents

),

counted as (

    select
        dimension_name,
        dimension_value,
        grain,
        period_start,
        count(case when not is_false_alarm then 1 end) as incident_count,
        count(case when is_open then 1 end) as open_count,
        count(case when is_false_alarm then 1 end) as false_alarm_count,
        percentile_cont(0.5) within group (
            order by case when not is_false_alarm then hours_to_detect end
        ) as hours_to_detect_p50,
        percentile_cont(0.9) within group (
            order by case when not is_false_alarm then hours_to_detect end
        ) as hours_to_detect_p90,
        percentile_cont(0.5) within group (
            order by case when not is_false_alarm then hours_to_repair end
        ) as hours_to_repair_p50,
        percentile_cont(0.9) within group (
            order by case when not is_false_alarm then hours_to_repair end
        ) as hours_to_repair_p90
    from by_period
    group by dimension_name, dimension_value, grain, period_start

),

-- there is a row for everything also where nothing happened
listed as (

    select
        'total' as dimension_name,
        'total' as dimension_value,
        'all' as grain,
        cast(null as date) as period_start
    from as_of
    union distinct
    select
        dimension_name,
        dimension_value,
        grain,
        period_start
    from counted
    union distinct
    select
        dimension_name,
        dimension_value,
        grain,
        period_start
    from downtime

),

final as (

    select
        listed.grain,
        listed.period_start,
        listed.dimension_name,
        listed.dimension_value,
        coalesce(counted.incident_count, 0) as incident_count,
        coalesce(counted.open_count, 0) as open_count,
        coalesce(counted.false_alarm_count, 0) as false_alarm_count,
        coalesce(downtime.downtime_seconds, 0) / 3600.0e0 as downtime_hours,
        counted.hours_to_detect_p50,
        counted.hours_to_detect_p90,
        counted.hours_to_repair_p50,
        counted.hours_to_repair_p90
    from listed
    left join counted
        on
            listed.dimension_name = counted.dimension_name
            and listed.dimension_value = counted.dimension_value
            and listed.grain = counted.grain
            and listed.period_start is not distinct from counted.period_start
    left join downtime
        on
            listed.dimension_name = downtime.dimension_name
            and listed.dimension_value = downtime.dimension_value
            and listed.grain = downtime.grain
            and listed.period_start is not distinct from downtime.period_start

)

select * from final
