{%- set batches = changed_batches('experiments', 'rollout_stages') -%}
with raw_rollout_stages as (

    {{ raw('experiments', 'rollout_stages', batches) }}

),

typed_rollout_stages as (

    select
        *,
        {{ read_as('stage', 'integer') }} as typed_stage,
        {{ read_as('started_at', 'timestamp') }} as typed_started_at,
        {{ read_as('traffic_share', 'double') }} as typed_traffic_share,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_rollout_stages

),

checked_rollout_stages as (

    select
        -- ids
        experiment_id,

        -- numbers
        typed_stage as stage,
        typed_traffic_share as traffic_share,

        -- times
        typed_started_at as started_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        experiment_id
        || '|' || coalesce(cast(typed_stage as string), stage, '1') as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('experiment_id') }},
            {{ unreadable('stage') }},
            case when typed_stage < 1 then 'stage_out_of_range' end,
            {{ missing('started_at') }},
            {{ unreadable('started_at') }},
            {{ missing('traffic_share') }},
            {{ unreadable('traffic_share') }},
            case
                when typed_traffic_share not between 0 and 1 then 'traffic_share_out_of_range'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_rollout_stages

)

{{ latest_per_key('checked_rollout_stages', batches) }}
