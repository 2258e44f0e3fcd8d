{%- set batches = changed_batches('product', 'sessions') -%}
with raw_sessions as (

    {{ raw('product', 'sessions', batches) }}

),

typed_sessions as (

    select
        *,
        {{ read_as('started_at', 'timestamp') }} as typed_started_at,
        {{ read_as('ended_at', 'timestamp') }} as typed_ended_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_sessions

),

checked_sessions as (

    select
        -- ids
        session_id,
        user_id,

        -- text
        lower(channel) as channel,
        lower(platform) as platform,

        -- times
        typed_started_at as started_at,
        typed_ended_at as ended_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        session_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('session_id') }},
            {{ missing('started_at') }},
            {{ unreadable('started_at') }},
            {{ in_future('started_at') }},
            {{ unreadable('ended_at') }},
            case when typed_ended_at < typed_started_at then 'ended_at_before_started_at' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_sessions

)

{{ latest_per_key('checked_sessions', batches) }}
