{%- set batches = changed_batches('experiments', 'variants') -%}
with raw_variants as (

    {{ raw('experiments', 'variants', batches) }}

),

typed_variants as (

    select
        *,
        {{ read_as('stage', 'integer') }} as typed_stage,
        {{ read_as('planned_share', 'double') }} as typed_planned_share,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_variants

),

checked_variants as (

    select
        -- ids
        experiment_id,
        variant_id,

        -- numbers
        typed_stage as stage,
        typed_planned_share as planned_share,

        -- times
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        experiment_id
        || '|' || coalesce(cast(typed_stage as string), stage, '1')
        || '|' || variant_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('experiment_id') }},
            {{ unreadable('stage') }},
            case when typed_stage < 1 then 'stage_out_of_range' end,
            {{ missing('variant_id') }},
            {{ missing('planned_share') }},
            {{ unreadable('planned_share') }},
            case
                when typed_planned_share not between 0 and 1 then 'planned_share_out_of_range'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_variants

)

{{ latest_per_key('checked_variants', batches) }}
