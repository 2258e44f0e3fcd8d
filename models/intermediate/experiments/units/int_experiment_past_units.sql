with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

-- eight weeks whose units' windows had closed when the experiment began
past_weeks as (

    select
        experiments.experiment_id,
        experiments.unit,
        case
            when experiments.has_open_window
                then {{ date_difference(
                    'day', 'experiments.started_date', 'experiments.planned_end_date'
                ) }}
            else experiments.longest_window_days
        end as window_days,
        least(experiments.started_date, as_of.as_of_date) as anchor_date
    from experiments
    cross join as_of

),

windows as (

    select
        experiment_id,
        unit,
        window_days,
        {{ add_days('anchor_date', '-56 - window_days') }} as first_date,
        {{ add_days('anchor_date', '-window_days') }} as until_date,
        {{ add_days('anchor_date', -1) }} as last_day
    from past_weeks

),

visits as (

    select
        'user' as unit,
        user_id as unit_id,
        started_at as seen_at,
        started_date as seen_date
    from sessions
    union all
    select
        'session' as unit,
        session_id as unit_id,
        started_at as seen_at,
        started_date as seen_date
    from sessions
    union all
    select
        'user' as unit,
        user_id as unit_id,
        ordered_at as seen_at,
        ordered_date as seen_date
    from orders

),

final as (

    -- as if each unit had been exposed on its first visit
    select
        windows.experiment_id,
        windows.unit,
        visits.unit_id,
        windows.window_days,
        windows.first_date,
        windows.last_day,
        min(visits.seen_at) as first_seen_at,
        min(visits.seen_date) as first_seen_date,
        {{ seconds_later('min(visits.seen_at)', '86400 * windows.window_days') }} as observed_until
    from windows
    inner join visits
        on
            windows.unit = visits.unit
            and windows.first_date <= visits.seen_date
            and windows.until_date > visits.seen_date
    where visits.unit_id is not null
    group by
        windows.experiment_id,
        windows.unit,
        visits.unit_id,
        windows.window_days,
        windows.first_date,
        windows.last_day

)

select * from final
