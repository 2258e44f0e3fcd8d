with predictions as (

    select * from {{ ref('int_ml_calibrated_predictions') }}

),

segment_predictions as (

    select
        prediction_id,
        model_id,
        version_id,
        entity_id,
        task,
        chunk_grain,
        segment,
        period,
        score,
        decision_threshold,
        label,
        is_mature,
        predicted_at,
        predicted_date,
        chunk_start,
        matures_at,
        calibrated_score,
        'total' as segment_name,
        'total' as segment_value
    from predictions
    union all
    select
        prediction_id,
        model_id,
        version_id,
        entity_id,
        task,
        chunk_grain,
        segment,
        period,
        score,
        decision_threshold,
        label,
        is_mature,
        predicted_at,
        predicted_date,
        chunk_start,
        matures_at,
        calibrated_score,
        'segment' as segment_name,
        segment as segment_value
    from predictions
    where segment is not null

)

select * from segment_predictions
