with incidents as (

    select * from {{ ref('data_incidents') }}

),

dimensions (dimension_name) as (

    values ('total'), ('affected_table'), ('severity'), ('origin')

),

-- each incident once for each way to look at it
final as (

    select
        -- ids
        incidents.incident_id,
        incidents.origin,

        -- text
        dimensions.dimension_name,
        case dimensions.dimension_name
            when 'total' then 'total'
            when 'affected_table' then coalesce(incidents.affected_table, '(none)')
            when 'severity' then incidents.severity
            when 'origin' then incidents.origin
        end as dimension_value,

        -- numbers
        incidents.hours_to_detect,
        incidents.hours_to_repair,

        -- booleans
        incidents.is_open,
        incidents.is_false_alarm,

        -- times
        incidents.started_at,
        incidents.ended_at
    from incidents
    cross join dimensions

)

select * from final
