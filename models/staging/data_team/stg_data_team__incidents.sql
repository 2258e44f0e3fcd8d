with base_incidents as (

    select * from {{ ref('base_data_team__incidents') }}

),

accepted_incidents as (

    select
        -- ids
        incident_id,

        -- text
        affected_table,
        affected_metric,
        kind,
        coalesce(severity, 'medium') as severity,
        detected_by,
        cause,

        -- booleans
        coalesce(is_confirmed, false) as is_confirmed,

        -- times
        started_at,
        detected_at,
        resolved_at,
        affected_from,
        affected_to,
        loaded_at
    from base_incidents
    where rejection_reasons is null

)

select * from accepted_incidents
