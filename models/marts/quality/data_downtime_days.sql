with downtime_days as (

    -- what people wrote down: past runs differ between warehouses of the same data
    select * from {{ ref('int_downtime_days') }}
    where dimension_name = 'origin' and dimension_value = 'reported'

),

incidents as (

    select * from {{ ref('data_incidents') }}
    where origin = 'reported'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

bounds as (

    select
        min(downtime_days.date_day) as first_date,
        {{ add_days('max(as_of.as_of_date)', -1) | trim }} as last_date
    from downtime_days
    cross join as_of

),

-- a day without an incident is a row like any other
calendar as (

    select
        {{ days_between('first_date', 'last_date') | trim }}
            as date_day
    from bounds
    where first_date <= last_date

),

final as (

    select
        -- ids
        concat_ws('/', cast(calendar.date_day as string), downtime_days.incident_id)
            as downtime_day_key,
        downtime_days.incident_id,

        -- text
        incidents.affected_table,
        incidents.severity,

        -- numbers
        coalesce(downtime_days.downtime_seconds, 0) / 3600.0e0 as downtime_hours,

        -- times
        calendar.date_day
    from calendar
    left join downtime_days on calendar.date_day = downtime_days.date_day
    left join incidents on downtime_days.incident_id = incidents.incident_id

)

select * from final
