with incidents as (

    select * from {{ ref('int_incidents_by_dimension') }}

),

in_time_order as (

    select
        dimension_name,
        dimension_value,
        incident_id,
        started_at,
        ended_at,
        max(ended_at) over (
            partition by dimension_name, dimension_value
            order by started_at, ended_at, incident_id
            rows between unbounded preceding and 1 preceding
        ) as ended_before_at
    from incidents
    where not is_false_alarm

),

-- hours that an earlier incident has already do not count again
own_spans as (

    select
        dimension_name,
        dimension_value,
        incident_id,
        greatest(started_at, coalesce(ended_before_at, started_at)) as started_at,
        ended_at
    from in_time_order
    where ended_before_at is null or ended_at > ended_before_at

),

dated_spans as (

    select
        *,
        cast(started_at as date) as first_day,
        cast(ended_at as date) as last_day
    from own_spans

),

span_days as (

    select
        dimension_name,
        dimension_value,
        incident_id,
        started_at,
        ended_at,
        {{ days_between('first_day', 'last_day') }}
            as date_day
    from dated_spans

),

bounded_days as (

    select
        *,
        {{ add_days('date_day', 1) }} as next_day
    from span_days

),

clipped_days as (

    select
        *,
        greatest(started_at, cast(date_day as timestamp)) as first_moment,
        least(ended_at, cast(next_day as timestamp)) as last_moment
    from bounded_days

),

final as (

    select
        dimension_name,
        dimension_value,
        incident_id,
        date_day,
        {{ date_difference('second', 'first_moment', 'last_moment') | trim }} as downtime_seconds
    from clipped_days
    where first_moment < last_moment

)

select * from final
