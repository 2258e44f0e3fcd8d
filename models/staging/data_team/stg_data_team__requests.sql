with base_requests as (

    select * from {{ ref('base_data_team__requests') }}

),

accepted_requests as (

    select
        -- ids
        request_id,
        member_id,

        -- text
        department,
        kind,
        title,
        tables_used,
        answered_by,
        asset_name,

        -- numbers
        effort_hours,
        satisfaction,

        -- times
        requested_at,
        first_response_at,
        started_at,
        answered_at,
        abandoned_at,
        reopened_at,
        loaded_at
    from base_requests
    where rejection_reasons is null

)

select * from accepted_requests
