with base_predictions as (

    select * from {{ ref('base_ml__predictions') }}

),

accepted_predictions as (

    select
        -- ids
        prediction_id,
        model_id,
        version_id,
        entity_id,

        -- text
        segment,

        -- numbers
        score,

        -- times
        predicted_at,
        loaded_at
    from base_predictions
    where rejection_reasons is null

)

select * from accepted_predictions
