with predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}

),

prediction_features as (

    select * from {{ ref('stg_ml__prediction_features') }}

),

logged_features as (

    select
        predictions.prediction_id,
        predictions.model_id,
        predictions.version_id,
        predictions.chunk_start,
        predictions.period,
        prediction_features.feature_name,
        prediction_features.numeric_value,
        prediction_features.text_value
    from prediction_features
    inner join predictions on prediction_features.prediction_id = predictions.prediction_id

),

version_features as (

    select distinct
        model_id,
        version_id,
        feature_name
    from logged_features

),

logged_predictions as (

    select distinct
        prediction_id,
        model_id,
        version_id,
        chunk_start,
        period
    from logged_features

),

-- a feature without a row is missing where its prediction has rows of others
all_features as (

    select
        logged_predictions.prediction_id,
        logged_predictions.model_id,
        logged_predictions.version_id,
        version_features.feature_name,
        logged_predictions.chunk_start,
        logged_predictions.period,
        logged_features.numeric_value,
        logged_features.text_value
    from logged_predictions
    inner join version_features
        on
            logged_predictions.model_id = version_features.model_id
            and logged_predictions.version_id = version_features.version_id
    left join logged_features
        on
            logged_predictions.prediction_id = logged_features.prediction_id
            and version_features.feature_name = logged_features.feature_name

),

values_of_predictions as (

    select * from all_features
    union all
    select
        prediction_id,
        model_id,
        version_id,
        '(score)' as feature_name,
        chunk_start,
        period,
        score as numeric_value,
        cast(null as string) as text_value
    from predictions

),

final as (

    select
        -- ids
        prediction_id,
        model_id,
        version_id,

        -- text
        feature_name,
        text_value,
        period,

        -- numbers
        numeric_value,

        -- times
        chunk_start
    from values_of_predictions

)

select * from final
