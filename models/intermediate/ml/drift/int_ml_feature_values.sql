with predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}

),

prediction_features as (

    select * from {{ ref('stg_ml__prediction_features') }}

),

final as (

    select
        predictions.prediction_id,
        predictions.model_id,
        predictions.version_id,
        prediction_features.feature_name,
        prediction_features.text_value,
        predictions.period,
        prediction_features.numeric_value,
        predictions.chunk_start
    from prediction_features
    inner join predictions on prediction_features.prediction_id = predictions.prediction_id
    union all
    select
        prediction_id,
        model_id,
        version_id,
        '(score)' as feature_name,
        cast(null as string) as text_value,
        period,
        score as numeric_value,
        chunk_start
    from predictions

)

select * from final
