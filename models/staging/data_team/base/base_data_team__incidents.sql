{%- set batches = changed_batches('data_team', 'incidents') -%}
with raw_incidents as (

    {{ raw('data_team', 'incidents', batches) }}

),

typed_incidents as (

    select
        *,
        {{ read_as('is_confirmed', 'boolean') }} as typed_is_confirmed,
        {{ read_as('started_at', 'timestamp') }} as typed_started_at,
        {{ read_as('detected_at', 'timestamp') }} as typed_detected_at,
        {{ read_as('resolved_at', 'timestamp') }} as typed_resolved_at,
        {{ read_as('affected_from', 'date') }} as typed_affected_from,
        {{ read_as('affected_to', 'date') }} as typed_affected_to,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_incidents

),

checked_incidents as (

    select
        -- ids
        incident_id,

        -- text
        affected_table,
        affected_metric,
        lower(kind) as kind,
        lower(severity) as severity,
        lower(detected_by) as detected_by,
        cause,

        -- booleans
        typed_is_confirmed as is_confirmed,

        -- times
        typed_started_at as started_at,
        typed_detected_at as detected_at,
        typed_resolved_at as resolved_at,
        typed_affected_from as affected_from,
        typed_affected_to as affected_to,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        incident_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('incident_id') }},
            case
                when affected_table is null and affected_metric is null
                    then 'affected_table_and_metric_missing'
            end,
            case when lower(severity) not in ('low', 'medium', 'high') then 'severity_unknown' end,
            {{ unreadable('is_confirmed') }},
            {{ missing('started_at') }},
            {{ unreadable('started_at') }},
            {{ in_future('started_at') }},
            {{ missing('detected_at') }},
            {{ unreadable('detected_at') }},
            {{ in_future('detected_at') }},
            case when typed_detected_at < typed_started_at then 'detected_at_before_started_at' end,
            {{ unreadable('resolved_at') }},
            {{ in_future('resolved_at') }},
            case when typed_resolved_at < typed_started_at then 'resolved_at_before_started_at' end,
            {{ unreadable('affected_from') }},
            {{ unreadable('affected_to') }},
            case
                when typed_affected_to < typed_affected_from then 'affected_to_before_affected_from'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_incidents

)

{{ latest_per_key('checked_incidents', batches) }}
