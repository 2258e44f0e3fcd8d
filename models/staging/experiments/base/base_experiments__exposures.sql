{%- set batches = changed_batches('experiments', 'exposures') -%}
with raw_exposures as (

    {{ raw('experiments', 'exposures', batches) }}

),

typed_exposures as (

    select
        *,
        {{ read_as('exposed_at', 'timestamp') }} as typed_exposed_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_exposures

),

checked_exposures as (

    select
        -- ids
        experiment_id,
        unit_id,
        variant_id,

        -- times
        typed_exposed_at as exposed_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        experiment_id
        || '|' || unit_id
        || '|' || variant_id
        || '|' || coalesce(cast(typed_exposed_at as string), exposed_at) as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('experiment_id') }},
            {{ missing('unit_id') }},
            {{ missing('variant_id') }},
            {{ missing('exposed_at') }},
            {{ unreadable('exposed_at') }},
            {{ in_future('exposed_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_exposures

)

{{ latest_per_key('checked_exposures', batches) }}
