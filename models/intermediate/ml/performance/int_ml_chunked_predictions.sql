with predictions as (

    select * from {{ ref('int_ml_labelled_predictions') }}

),

versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

chunked_predictions as (

    select
        predictions.*,
        versions.task,
        versions.chunk_grain,
        versions.decision_threshold,
        versions.as_of_at,
        {{ period_start('versions.chunk_grain', 'predictions.predicted_date') }} as chunk_start,
        {{ seconds_later('predictions.predicted_at', '86400 * versions.label_window_days') }}
            as matures_at,
        predictions.predicted_at >= versions.reference_from
        and predictions.predicted_at < versions.reference_until as is_reference
    from predictions
    inner join versions
        on
            predictions.model_id = versions.model_id
            and predictions.version_id = versions.version_id
    where predictions.predicted_date < versions.as_of_date

),

-- by age alone: positives come before their window closes, negatives never do
aged_predictions as (

    select
        *,
        matures_at <= as_of_at as is_mature
    from chunked_predictions

),

final as (

    select
        -- ids
        prediction_id,
        model_id,
        version_id,
        entity_id,

        -- text
        task,
        chunk_grain,
        segment,
        case when is_reference then 'reference' else 'analysis' end as period,

        -- numbers
        score,
        decision_threshold,
        case when is_mature and outcome_at < as_of_at then outcome_value end as label,

        -- booleans
        is_mature,

        -- times
        predicted_at,
        predicted_date,
        chunk_start,
        matures_at
    from aged_predictions

)

select * from final
