{%- set batches = changed_batches('ml', 'outcomes') -%}
with raw_outcomes as (

    {{ raw('ml', 'outcomes', batches) }}

),

typed_outcomes as (

    select
        *,
        {{ read_as('outcome_value', 'double') }} as typed_outcome_value,
        {{ read_as('occurred_at', 'timestamp') }} as typed_occurred_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_outcomes

),

checked_outcomes as (

    select
        -- ids
        prediction_id,

        -- numbers
        typed_outcome_value as outcome_value,

        -- times
        typed_occurred_at as occurred_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        prediction_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('prediction_id') }},
            {{ missing('outcome_value') }},
            {{ unreadable('outcome_value') }},
            case
                when not (typed_outcome_value > -1e300 and typed_outcome_value < 1e300)
                    then 'outcome_value_out_of_range'
            end,
            {{ missing('occurred_at') }},
            {{ unreadable('occurred_at') }},
            {{ in_future('occurred_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_outcomes

)

{{ latest_per_key('checked_outcomes', batches) }}
