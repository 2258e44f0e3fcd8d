{%- set batches = changed_batches('ml', 'validations') -%}
with raw_validations as (

    {{ raw('ml', 'validations', batches) }}

),

typed_validations as (

    select
        *,
        {{ read_as('metric_value', 'double') }} as typed_metric_value,
        {{ read_as('is_passed', 'boolean') }} as typed_is_passed,
        {{ read_as('validated_at', 'timestamp') }} as typed_validated_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_validations

),

checked_validations as (

    select
        -- ids
        validation_id,
        model_id,
        version_id,

        -- text
        lower(metric_name) as metric_name,
        dataset,
        validated_by,

        -- numbers
        typed_metric_value as metric_value,

        -- booleans
        typed_is_passed as is_passed,

        -- times
        typed_validated_at as validated_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        validation_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('validation_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('metric_name') }},
            {{ missing('metric_value') }},
            {{ unreadable('metric_value') }},
            case
                when not (typed_metric_value > -1e300 and typed_metric_value < 1e300)
                    then 'metric_value_out_of_range'
            end,
            {{ missing('is_passed') }},
            {{ unreadable('is_passed') }},
            {{ missing('validated_at') }},
            {{ unreadable('validated_at') }},
            {{ in_future('validated_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_validations

)

{{ latest_per_key('checked_validations', batches) }}
