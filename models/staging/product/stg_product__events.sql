with base_events as (

    select * from {{ ref('base_product__events') }}

),

accepted_events as (

    select
        -- ids
        event_id,
        user_id,
        session_id,
        course_id,

        -- text
        event_type,
        surface,

        -- numbers
        position,

        -- times
        occurred_at,
        loaded_at
    from base_events
    where rejection_reasons is null

)

select * from accepted_events
