{%- set batches = changed_batches('ml', 'launches') -%}
with raw_launches as (

    {{ raw('ml', 'launches', batches) }}

),

typed_launches as (

    select
        *,
        {{ read_as('traffic_share', 'double') }} as typed_traffic_share,
        {{ read_as('launched_at', 'timestamp') }} as typed_launched_at,
        {{ read_as('ended_at', 'timestamp') }} as typed_ended_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_launches

),

checked_launches as (

    select
        -- ids
        launch_id,
        model_id,
        version_id,
        experiment_id,

        -- text
        lower(platform) as platform,
        endpoint,
        lower(outcome) as outcome,

        -- numbers
        typed_traffic_share as traffic_share,

        -- times
        typed_launched_at as launched_at,
        typed_ended_at as ended_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        launch_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('launch_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('traffic_share') }},
            {{ unreadable('traffic_share') }},
            case when typed_traffic_share not between 0 and 1 then 'traffic_share_out_of_range' end,
            case
                when lower(outcome) not in ('running', 'kept', 'rolled_back', 'abandoned')
                    then 'outcome_unknown'
            end,
            {{ missing('launched_at') }},
            {{ unreadable('launched_at') }},
            {{ in_future('launched_at') }},
            {{ unreadable('ended_at') }},
            {{ in_future('ended_at') }},
            case when typed_ended_at < typed_launched_at then 'ended_at_before_launched_at' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_launches

)

{{ latest_per_key('checked_launches', batches) }}
