with raw_sessions as (

    {{ raw('product', 'sessions') }}

),

typed_sessions as (

    select
        -- ids
        session_id,
        user_id,

        -- text
        lower(channel) as channel,
        lower(platform) as platform,

        -- times
        {{ read_as('started_at', 'timestamp') }} as started_at,
        {{ read_as('ended_at', 'timestamp') }} as ended_at,
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        session_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('session_id') }},
            {{ missing('started_at') }},
            {{ unreadable('started_at', 'timestamp') }},
            {{ in_future('started_at') }},
            {{ unreadable('ended_at', 'timestamp') }},
            case
                when
                    {{ read_as('ended_at', 'timestamp') }}
                    < {{ read_as('started_at', 'timestamp') }}
                    then 'ended_at_before_started_at'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_sessions

)

{{ latest_per_key('typed_sessions') }}
