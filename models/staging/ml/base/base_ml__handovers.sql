{%- set batches = changed_batches('ml', 'handovers') -%}
with raw_handovers as (

    {{ raw('ml', 'handovers', batches) }}

),

typed_handovers as (

    select
        *,
        {{ read_as('is_reimplemented', 'boolean') }} as typed_is_reimplemented,
        {{ read_as('effort_days', 'double') }} as typed_effort_days,
        {{ read_as('requested_at', 'timestamp') }} as typed_requested_at,
        {{ read_as('accepted_at', 'timestamp') }} as typed_accepted_at,
        {{ read_as('completed_at', 'timestamp') }} as typed_completed_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_handovers

),

checked_handovers as (

    select
        -- ids
        handover_id,
        model_id,
        version_id,

        -- text
        from_owner,
        to_owner,
        from_team,
        to_team,
        lower(from_language) as from_language,
        lower(to_language) as to_language,
        blocker,
        lower(status) as status,

        -- numbers
        typed_effort_days as effort_days,

        -- booleans
        typed_is_reimplemented as is_reimplemented,

        -- times
        typed_requested_at as requested_at,
        typed_accepted_at as accepted_at,
        typed_completed_at as completed_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        handover_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('handover_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            case
                when lower(from_language) not in ('sql', 'python', 'r', 'java', 'scala', 'cpp')
                    then 'from_language_unknown'
            end,
            case
                when lower(to_language) not in ('sql', 'python', 'r', 'java', 'scala', 'cpp')
                    then 'to_language_unknown'
            end,
            {{ unreadable('is_reimplemented') }},
            {{ unreadable('effort_days') }},
            case when typed_effort_days not between 0 and 36500 then 'effort_days_out_of_range' end,
            {{ missing('status') }},
            case
                when lower(status) not in ('requested', 'accepted', 'completed', 'abandoned')
                    then 'status_unknown'
            end,
            {{ missing('requested_at') }},
            {{ unreadable('requested_at') }},
            {{ in_future('requested_at') }},
            {{ unreadable('accepted_at') }},
            {{ in_future('accepted_at') }},
            case
                when typed_accepted_at < typed_requested_at then 'accepted_at_before_requested_at'
            end,
            {{ unreadable('completed_at') }},
            {{ in_future('completed_at') }},
            case
                when typed_completed_at < typed_requested_at then 'completed_at_before_requested_at'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_handovers

)

{{ latest_per_key('checked_handovers', batches) }}
