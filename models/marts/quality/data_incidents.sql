with incidents as (

    select * from {{ ref('int_incidents_unioned') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_seen as (

    select
        max(last_seen_at) as last_seen_at,
        max(resolved_at) as last_resolved_at
    from incidents

),

-- the last that was heard of the warehouse: the end of its data, or of an incident
last_heard as (

    select
        as_of.as_of_date,
        greatest(
            cast(as_of.as_of_date as timestamp),
            last_seen.last_seen_at,
            last_seen.last_resolved_at
        ) as last_heard_at
    from as_of
    cross join last_seen

),

dated as (

    select
        incidents.*,
        incidents.resolved_at is null as is_open,
        coalesce(incidents.resolved_at, last_heard.last_heard_at) as ended_at,
        coalesce(
            incidents.affected_from,
            least(
                {{ local_date('incidents.started_at') }},
                coalesce(incidents.affected_to, {{ local_date('incidents.started_at') }})
            )
        ) as first_day,
        coalesce(
            {{ local_date('incidents.resolved_at') }},
            {{ add_days('last_heard.as_of_date', -1) }}
        ) as ended_day
    from incidents
    cross join last_heard

),

final as (

    select
        -- what it was
        incident_id,
        origin,
        affected_table,
        affected_metric,
        kind,
        severity,
        detected_by,
        cause,

        -- how it stands
        is_confirmed,
        is_open,
        origin = 'reported' and not is_confirmed and not is_open as is_false_alarm,

        -- when it was, and how long it took
        started_at,
        detected_at,
        resolved_at,
        ended_at,
        first_day,
        coalesce(affected_to, greatest(first_day, ended_day)) as last_day,
        {{ date_difference('second', 'started_at', 'detected_at') }} / 3600.0e0
            as hours_to_detect,
        case
            when not is_open
                then
                    greatest({{ date_difference('second', 'detected_at', 'resolved_at') }}, 0)
                    / 3600.0e0
        end as hours_to_repair
    from dated

)

select * from final
