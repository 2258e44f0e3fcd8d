with predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}

),

reference_predictions as (

    select * from predictions
    where
        task = 'binary_classification'
        and period = 'reference'
        and label is not null

),

{{ isotonic_calibration(
    'calibrations', 'reference_predictions', ['model_id', 'version_id'], outcome='label'
) }},

{{ calibrated_scores(
    'calibrated_predictions', 'predictions', 'calibrations', ['model_id', 'version_id']
) }},

final as (

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
        calibrated_score
    from calibrated_predictions

)

select * from final
