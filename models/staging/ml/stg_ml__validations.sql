with base_validations as (

    select * from {{ ref('base_ml__validations') }}

),

accepted_validations as (

    select
        -- ids
        validation_id,
        model_id,
        version_id,

        -- text
        {{ performance_metric('metric_name') }} as metric_name,
        dataset,
        validated_by,

        -- numbers
        metric_value,

        -- booleans
        is_passed,

        -- times
        validated_at,
        loaded_at
    from base_validations
    where rejection_reasons is null

)

select * from accepted_validations
