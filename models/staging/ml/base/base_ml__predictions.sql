{%- set batches = changed_batches('ml', 'predictions') -%}
with raw_predictions as (

    {{ raw('ml', 'predictions', batches) }}

),

typed_predictions as (

    select
        *,
        {{ read_as('score', 'double') }} as typed_score,
        {{ read_as('predicted_at', 'timestamp') }} as typed_predicted_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_predictions

),

checked_predictions as (

    select
        -- ids
        prediction_id,
        model_id,
        version_id,
        entity_id,

        -- text
        segment,

        -- numbers
        typed_score as score,

        -- times
        typed_predicted_at as predicted_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        prediction_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('prediction_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('entity_id') }},
            {{ missing('score') }},
            {{ unreadable('score') }},
            case
                when not (typed_score > -1e300 and typed_score < 1e300) then 'score_out_of_range'
            end,
            {{ missing('predicted_at') }},
            {{ unreadable('predicted_at') }},
            {{ in_future('predicted_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_predictions

)

{{ latest_per_key('checked_predictions', batches) }}
