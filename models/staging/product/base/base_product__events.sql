{%- set batches = changed_batches('product', 'events') -%}
with raw_events as (

    {{ raw('product', 'events', batches) }}

),

typed_events as (

    select
        *,
        {{ read_as('position', 'integer') }} as typed_position,
        {{ read_as('occurred_at', 'timestamp') }} as typed_occurred_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_events

),

checked_events as (

    select
        -- ids
        event_id,
        user_id,
        session_id,
        course_id,

        -- text
        lower(event_type) as event_type,
        lower(surface) as surface,

        -- numbers
        typed_position as position,

        -- times
        typed_occurred_at as occurred_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        event_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('event_id') }},
            {{ missing('event_type') }},
            case
                when
                    lower(event_type) not in (
                        'impression', 'click', 'search', 'enrol', 'lesson_completed'
                    )
                    then 'event_type_unknown'
            end,
            {{ unreadable('position') }},
            case when typed_position < 1 then 'position_out_of_range' end,
            {{ missing('occurred_at') }},
            {{ unreadable('occurred_at') }},
            {{ in_future('occurred_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_events

)

{{ latest_per_key('checked_events', batches) }}
