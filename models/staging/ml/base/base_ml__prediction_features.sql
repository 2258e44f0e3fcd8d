{%- set batches = changed_batches('ml', 'prediction_features') -%}
with raw_prediction_features as (

    {{ raw('ml', 'prediction_features', batches) }}

),

typed_prediction_features as (

    select
        *,
        {{ read_as('numeric_value', 'double') }} as typed_numeric_value,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_prediction_features

),

checked_prediction_features as (

    select
        -- ids
        prediction_id,
        feature_name,

        -- text
        text_value,

        -- numbers
        typed_numeric_value as numeric_value,

        -- times
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        prediction_id || '|' || feature_name as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('prediction_id') }},
            {{ missing('feature_name') }},
            {{ unreadable('numeric_value') }},
            case
                when
                    not isnan(typed_numeric_value)
                    and abs(typed_numeric_value) >= 1e300
                    then 'numeric_value_out_of_range'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_prediction_features

)

{{ latest_per_key('checked_prediction_features', batches) }}
