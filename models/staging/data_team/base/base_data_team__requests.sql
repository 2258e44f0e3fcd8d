{%- set batches = changed_batches('data_team', 'requests') -%}
with raw_requests as (

    {{ raw('data_team', 'requests', batches) }}

),

typed_requests as (

    select
        *,
        {{ read_as('effort_hours', 'decimal') }} as typed_effort_hours,
        {{ read_as('satisfaction', 'integer') }} as typed_satisfaction,
        {{ read_as('requested_at', 'timestamp') }} as typed_requested_at,
        {{ read_as('first_response_at', 'timestamp') }} as typed_first_response_at,
        {{ read_as('started_at', 'timestamp') }} as typed_started_at,
        {{ read_as('answered_at', 'timestamp') }} as typed_answered_at,
        {{ read_as('abandoned_at', 'timestamp') }} as typed_abandoned_at,
        {{ read_as('reopened_at', 'timestamp') }} as typed_reopened_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_requests

),

checked_requests as (

    select
        -- ids
        request_id,
        member_id,

        -- text
        department,
        lower(kind) as kind,
        title,
        tables_used,
        lower(answered_by) as answered_by,
        asset_name,

        -- numbers
        typed_effort_hours as effort_hours,
        typed_satisfaction as satisfaction,

        -- times
        typed_requested_at as requested_at,
        typed_first_response_at as first_response_at,
        typed_started_at as started_at,
        typed_answered_at as answered_at,
        typed_abandoned_at as abandoned_at,
        typed_reopened_at as reopened_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        request_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('request_id') }},
            {{ missing('department') }},
            {{ missing('kind') }},
            case
                when lower(kind) not in ('question', 'report', 'pipeline', 'model')
                    then 'kind_unknown'
            end,
            {{ missing('requested_at') }},
            {{ unreadable('requested_at') }},
            {{ in_future('requested_at') }},
            {{ unreadable('first_response_at') }},
            {{ in_future('first_response_at') }},
            case
                when typed_first_response_at < typed_requested_at
                    then 'first_response_at_before_requested_at'
            end,
            {{ unreadable('started_at') }},
            {{ in_future('started_at') }},
            case
                when typed_started_at < typed_requested_at then 'started_at_before_requested_at'
            end,
            {{ unreadable('answered_at') }},
            {{ in_future('answered_at') }},
            case
                when typed_answered_at < typed_requested_at then 'answered_at_before_requested_at'
            end,
            case when typed_answered_at < typed_started_at then 'answered_at_before_started_at' end,
            {{ unreadable('abandoned_at') }},
            {{ in_future('abandoned_at') }},
            case
                when typed_abandoned_at < typed_requested_at then 'abandoned_at_before_requested_at'
            end,
            case
                when answered_at is not null and abandoned_at is not null
                    then 'answered_and_abandoned'
            end,
            {{ unreadable('reopened_at') }},
            {{ in_future('reopened_at') }},
            case
                when typed_reopened_at < typed_requested_at then 'reopened_at_before_requested_at'
            end,
            case
                when answered_at is not null and answered_by is null then 'answered_by_missing'
            end,
            case
                when lower(answered_by) not in ('analyst', 'self_service', 'existing_asset')
                    then 'answered_by_unknown'
            end,
            {{ unreadable('effort_hours') }},
            case when typed_effort_hours < 0 then 'effort_hours_negative' end,
            {{ unreadable('satisfaction') }},
            case when typed_satisfaction not between 1 and 5 then 'satisfaction_out_of_range' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_requests

)

{{ latest_per_key('checked_requests', batches) }}
