with profiles as (

    select * from {{ ref('int_day_profiles') }}

),

incident_days as (

    select * from {{ ref('int_incident_days') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- counts have a row for every day up to the end of the data: no row is a count of 0
first_days as (

    select
        profiles.table_name,
        profiles.kind,
        profiles.column_name,
        profiles.is_load_day,
        min(profiles.date_day) as first_day,
        min(as_of.as_of_date) as as_of_date
    from profiles
    cross join as_of
    where profiles.kind in ('volume', 'load')
    group by
        profiles.table_name, profiles.kind, profiles.column_name, profiles.is_load_day

),

until as (

    select
        *,
        case
            when is_load_day then as_of_date
            else {{ add_days('as_of_date', -1) }}
        end as last_day
    from first_days

),

days as (

    select
        table_name,
        kind,
        column_name,
        is_load_day,
        {{ days_between('first_day', 'last_day') }}
            as date_day
    from until
    where first_day <= last_day

),

counts as (

    select
        days.table_name,
        days.kind,
        days.column_name,
        days.date_day,
        days.is_load_day,
        coalesce(profiles.actual_value, 0.0e0) as actual_value,
        profiles.sample_size,
        'count' as value_scale
    from days
    left join profiles
        on
            days.table_name = profiles.table_name
            and days.kind = profiles.kind
            and days.date_day = profiles.date_day

),

-- days from the last load to the day after: what one who reads the numbers in the morning sees
with_last_loads as (

    select
        *,
        max(case when kind = 'load' and actual_value > 0 then date_day end) over (
            partition by table_name, kind
            order by date_day
            rows between unbounded preceding and current row
        ) as last_load,
        avg(actual_value) over (
            partition by table_name, kind
            order by date_day
            rows between 28 preceding and 1 preceding
        ) as usual_value
    from counts

),

series_kinds (is_freshness) as (

    values (false), (true)

),

counts_and_freshness as (

    select
        with_last_loads.table_name,
        case when series_kinds.is_freshness then 'freshness' else with_last_loads.kind end as kind,
        with_last_loads.column_name,
        case
            when series_kinds.is_freshness
                then {{ add_days('with_last_loads.date_day', -1) }}
            else with_last_loads.date_day
        end as date_day,
        with_last_loads.is_load_day,
        case
            when series_kinds.is_freshness
                then
                    cast(
                        {{ date_difference(
                            'day', 'with_last_loads.last_load', 'with_last_loads.date_day'
                        ) }}
                        as double
                    )
            else with_last_loads.actual_value
        end as actual_value,
        case
            when series_kinds.is_freshness then with_last_loads.usual_value
            else with_last_loads.sample_size
        end as sample_size,
        case when series_kinds.is_freshness then 'days' else with_last_loads.value_scale end
            as value_scale
    from with_last_loads
    inner join series_kinds
        on with_last_loads.kind = 'load' or not series_kinds.is_freshness

),

others as (

    select
        table_name,
        kind,
        column_name,
        date_day,
        is_load_day,
        actual_value,
        sample_size,
        value_scale
    from profiles
    where kind not in ('volume', 'load')

),

all_series as (

    select * from counts_and_freshness
    union all
    select * from others

),

series as (

    select
        all_series.kind,
        all_series.table_name,
        all_series.column_name,
        all_series.date_day,
        all_series.actual_value,
        all_series.value_scale,
        all_series.sample_size,
        true as is_complete,
        incident_days.date_day is not null as is_incident,
        -- rows may still be loaded on the last day, and an early load is no fault
        all_series.kind = 'freshness'
        or (all_series.kind = 'load' and all_series.date_day >= as_of.as_of_date) as is_rise_only
    from all_series
    cross join as_of
    left join incident_days
        on
            incident_days.affected_kind = 'table'
            and all_series.table_name = incident_days.affected_name
            and all_series.date_day = incident_days.date_day
    where
        all_series.date_day < as_of.as_of_date
        or (all_series.is_load_day and all_series.date_day = as_of.as_of_date)

),

{{ score_anomalies('scored', 'series', ['kind', 'table_name', 'column_name']) }},

final as (

    select
        kind,
        table_name,
        column_name,
        date_day,
        actual_value,
        expected_value,
        lower_bound,
        upper_bound,
        score,
        is_anomaly and (score > 0 or not is_rise_only) as is_anomaly,
        is_incident,
        reason
    from scored

)

select * from final
