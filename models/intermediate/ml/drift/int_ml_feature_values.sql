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

-- a feature without a row is missing where its prediction has rows of others
logged_predictions as (

    select
        model_id,
        version_id,
        chunk_start,
        period,
        count(*) as prediction_count
    from predictions
    where prediction_id in (select prediction_features.prediction_id from prediction_features)
    group by model_id, version_id, chunk_start, period

),

logged_counts as (

    select
        model_id,
        version_id,
        chunk_start,
        period,
        feature_name,
        count(*) as row_count
    from logged_features
    group by model_id, version_id, chunk_start, period, feature_name

),

version_features as (

    select distinct
        model_id,
        version_id,
        feature_name
    from logged_counts

),

missing_counts as (

    select
        logged_predictions.model_id,
        logged_predictions.version_id,
        version_features.feature_name,
        logged_predictions.chunk_start,
        logged_predictions.period,
        logged_predictions.prediction_count - coalesce(logged_counts.row_count, 0) as value_count
    from logged_predictions
    inner join version_features
        on
            logged_predictions.model_id = version_features.model_id
            and logged_predictions.version_id = version_features.version_id
    left join logged_counts
        on
            logged_predictions.model_id = logged_counts.model_id
            and logged_predictions.version_id = logged_counts.version_id
            and logged_predictions.chunk_start = logged_counts.chunk_start
            and logged_predictions.period = logged_counts.period
            and version_features.feature_name = logged_counts.feature_name

),

final as (

    select
        prediction_id,
        model_id,
        version_id,
        feature_name,
        text_value,
        period,
        numeric_value,
        cast(1 as bigint) as value_count,
        chunk_start
    from logged_features
    union all
    select
        prediction_id,
        model_id,
        version_id,
        '(score)' as feature_name,
        cast(null as string) as text_value,
        period,
        score as numeric_value,
        cast(1 as bigint) as value_count,
        chunk_start
    from predictions
    union all
    select
        cast(null as string) as prediction_id,
        model_id,
        version_id,
        feature_name,
        cast(null as string) as text_value,
        period,
        cast(null as double) as numeric_value,
        value_count,
        chunk_start
    from missing_counts
    where value_count > 0

)

select * from final
