with events as (

    select * from {{ ref('stg_product__events') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

courses as (

    select * from {{ ref('dim_courses') }}

),

sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

final as (

    select
        -- ids
        events.event_id,
        events.user_id,
        coalesce(users.user_key, '(unknown)') as user_key,
        events.session_id,
        events.course_id,
        coalesce(courses.course_key, '(unknown)') as course_key,

        -- text
        events.event_type,
        events.surface,
        sessions.channel,
        sessions.platform,

        -- numbers
        events.position,

        -- times
        events.occurred_at,
        {{ local_date('events.occurred_at') }} as occurred_date,
        events.loaded_at
    from events
    left join users on events.user_id = users.user_id
    left join courses on events.course_id = courses.course_id
    left join sessions on events.session_id = sessions.session_id

)

select * from final
