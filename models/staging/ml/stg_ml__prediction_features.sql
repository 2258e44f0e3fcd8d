with base_prediction_features as (

    select * from {{ ref('base_ml__prediction_features') }}

),

accepted_prediction_features as (

    select
        -- ids
        prediction_id,
        feature_name,

        -- text
        text_value,

        -- numbers; not a number is no value
        nullif(numeric_value, cast('nan' as double)) as numeric_value,

        -- times
        loaded_at
    from base_prediction_features
    where rejection_reasons is null

)

select * from accepted_prediction_features
