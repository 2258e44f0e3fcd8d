{%- set batches = changed_batches('ml', 'model_versions') -%}
with raw_model_versions as (

    {{ raw('ml', 'model_versions', batches) }}

),

typed_model_versions as (

    select
        *,
        {{ read_as('training_started_at', 'timestamp') }} as typed_training_started_at,
        {{ read_as('training_ended_at', 'timestamp') }} as typed_training_ended_at,
        {{ read_as('reference_started_at', 'timestamp') }} as typed_reference_started_at,
        {{ read_as('reference_ended_at', 'timestamp') }} as typed_reference_ended_at,
        {{ read_as('effort_days', 'double') }} as typed_effort_days,
        {{ read_as('created_at', 'timestamp') }} as typed_created_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_model_versions

),

checked_model_versions as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        lower(role) as role,
        lower(language) as language,
        framework,
        artifact_uri,
        case lower(approval_status)
            when 'approved' then 'Approved'
            when 'rejected' then 'Rejected'
            when 'pendingmanualapproval' then 'PendingManualApproval'
        end as approval_status,

        -- numbers
        typed_effort_days as effort_days,

        -- times
        typed_training_started_at as training_started_at,
        typed_training_ended_at as training_ended_at,
        typed_reference_started_at as reference_started_at,
        typed_reference_ended_at as reference_ended_at,
        typed_created_at as created_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        model_id || '|' || version_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('role') }},
            case
                when lower(role) not in ('heuristic_baseline', 'champion', 'challenger', 'shadow')
                    then 'role_unknown'
            end,
            case
                when lower(language) not in ('sql', 'python', 'r', 'java', 'scala', 'cpp')
                    then 'language_unknown'
            end,
            {{ unreadable('training_started_at') }},
            {{ in_future('training_started_at') }},
            {{ unreadable('training_ended_at') }},
            {{ in_future('training_ended_at') }},
            case
                when typed_training_ended_at < typed_training_started_at
                    then 'training_ended_at_before_training_started_at'
            end,
            {{ unreadable('reference_started_at') }},
            {{ unreadable('reference_ended_at') }},
            case
                when typed_reference_ended_at <= typed_reference_started_at
                    then 'reference_ended_at_before_reference_started_at'
            end,
            {{ missing('approval_status') }},
            case
                when lower(approval_status) not in ('approved', 'rejected', 'pendingmanualapproval')
                    then 'approval_status_unknown'
            end,
            {{ unreadable('effort_days') }},
            case when typed_effort_days not between 0 and 36500 then 'effort_days_out_of_range' end,
            {{ missing('created_at') }},
            {{ unreadable('created_at') }},
            {{ in_future('created_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_model_versions

)

{{ latest_per_key('checked_model_versions', batches) }}
