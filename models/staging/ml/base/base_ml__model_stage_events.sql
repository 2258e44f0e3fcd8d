{%- set batches = changed_batches('ml', 'model_stage_events') -%}
with raw_model_stage_events as (

    {{ raw('ml', 'model_stage_events', batches) }}

),

typed_model_stage_events as (

    select
        *,
        {{ read_as('occurred_at', 'timestamp') }} as typed_occurred_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_model_stage_events

),

checked_model_stage_events as (

    select
        -- ids
        stage_event_id,
        model_id,
        version_id,

        -- text
        case lower(stage)
            when 'proposal' then 'Proposal'
            when 'development' then 'Development'
            when 'qa' then 'QA'
            when 'preproduction' then 'PreProduction'
            when 'production' then 'Production'
            when 'archived' then 'Archived'
        end as stage,
        actor,

        -- times
        typed_occurred_at as occurred_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        stage_event_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('stage_event_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('stage') }},
            case
                when
                    lower(stage) not in (
                        'proposal', 'development', 'qa', 'preproduction', 'production', 'archived'
                    )
                    then 'stage_unknown'
            end,
            {{ missing('occurred_at') }},
            {{ unreadable('occurred_at') }},
            {{ in_future('occurred_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_model_stage_events

)

{{ latest_per_key('checked_model_stage_events', batches) }}
