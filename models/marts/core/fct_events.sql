with events as (

    select * from {{ ref('int_events') }}

),

final as (

    select
        -- ids
        event_id,
        user_id,
        user_key,
        session_id,
        course_id,
        course_key,

        -- text
        event_type,
        surface,
        channel,
        platform,

        -- numbers
        position,

        -- times
        occurred_at,
        occurred_date,
        loaded_at
    from events

)

select * from final
