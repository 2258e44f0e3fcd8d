{%- set batches = changed_batches('data_team', 'pipeline_runs') -%}
with raw_pipeline_runs as (

    {{ raw('data_team', 'pipeline_runs', batches) }}

),

typed_pipeline_runs as (

    select
        *,
        {{ read_as('try_number', 'integer') }} as typed_try_number,
        {{ read_as('sla_minutes', 'integer') }} as typed_sla_minutes,
        {{ read_as('scheduled_at', 'timestamp') }} as typed_scheduled_at,
        {{ read_as('start_date', 'timestamp') }} as typed_start_date,
        {{ read_as('end_date', 'timestamp') }} as typed_end_date,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_pipeline_runs

),

checked_pipeline_runs as (

    select
        -- ids
        dag_id,
        run_id,

        -- text
        lower(state) as state,
        upstream_dag_ids,
        lower(domain) as domain,

        -- numbers
        typed_try_number as try_number,
        typed_sla_minutes as sla_minutes,

        -- times
        typed_scheduled_at as scheduled_at,
        typed_start_date as start_date,
        typed_end_date as end_date,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        dag_id
        || '|' || run_id
        || '|' || coalesce(cast(typed_try_number as string), try_number) as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('dag_id') }},
            {{ missing('run_id') }},
            {{ missing('try_number') }},
            {{ unreadable('try_number') }},
            case when typed_try_number < 1 then 'try_number_not_positive' end,
            {{ missing('state') }},
            case
                when
                    lower(state) not in (
                        'success', 'failed', 'upstream_failed', 'running', 'queued', 'skipped'
                    )
                    then 'state_unknown'
            end,
            {{ missing('scheduled_at') }},
            {{ unreadable('scheduled_at') }},
            {{ unreadable('start_date') }},
            {{ in_future('start_date') }},
            {{ unreadable('end_date') }},
            {{ in_future('end_date') }},
            case when typed_end_date < typed_start_date then 'end_date_before_start_date' end,
            {{ unreadable('sla_minutes') }},
            case
                when typed_sla_minutes not between 1 and 525600 then 'sla_minutes_out_of_range'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_pipeline_runs

)

{{ latest_per_key('checked_pipeline_runs', batches) }}
