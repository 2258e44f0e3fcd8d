{%- set inputs = [
    ref('base_product__events'),
    ref('base_product__users'),
    ref('base_product__courses'),
    ref('base_product__sessions'),
] -%}
{%- set seen = seen_load(inputs) -%}
with users as (

    select
        dim_users.*,
        {{ row_print('dim_users') }} as user_print
    from {{ ref('dim_users') }} as dim_users

),

courses as (

    select
        dim_courses.*,
        {{ row_print('dim_courses') }} as course_print
    from {{ ref('dim_courses') }} as dim_courses

),

sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

{% if seen is not none %}
loaded_events as (

    {{ changed_keys(ref('base_product__events'), seen) | indent(4) }}

),

changed_users as (

    {{ changed_keys(ref('base_product__users'), seen) | indent(4) }}

),

changed_courses as (

    {{ changed_keys(ref('base_product__courses'), seen) | indent(4) }}

),

changed_sessions as (

    {{ changed_keys(ref('base_product__sessions'), seen) | indent(4) }}

),

touched_events as (

    select business_key as event_id
    from loaded_events
    union distinct
    select kept.event_id
    from {{ this }} as kept
    inner join changed_users on kept.user_id = changed_users.business_key
    union distinct
    select kept.event_id
    from {{ this }} as kept
    inner join changed_courses on kept.course_id = changed_courses.business_key
    union distinct
    select kept.event_id
    from {{ this }} as kept
    inner join changed_sessions on kept.session_id = changed_sessions.business_key

),

events as (

    select events.*
    from {{ ref('stg_product__events') }} as events
    inner join touched_events on events.event_id = touched_events.event_id

),
{% else %}
events as (

    select * from {{ ref('stg_product__events') }}

),
{% endif %}
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
        events.loaded_at,

        -- changes with a row of a dimension that is published beside it
        {{ values_print(['users.user_print', 'courses.course_print']) }} as dimensions_print
    from events
    left join users on events.user_id = users.user_id
    left join courses on events.course_id = courses.course_id
    left join sessions on events.session_id = sessions.session_id

)

{{ stored_rows('final', 'event_id', 'touched_events' if seen is not none else none, inputs) }}
