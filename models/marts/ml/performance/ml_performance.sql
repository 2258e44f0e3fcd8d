with chunks as (

    select * from {{ ref('int_ml_chunks') }}

),

realised as (

    select * from {{ ref('int_ml_realised_measures') }}

),

estimated as (

    select * from {{ ref('int_ml_estimated_measures') }}

),

bands as (

    select * from {{ ref('int_ml_performance_bands') }}

),

metrics (task, metric_name) as (

    values
    ('binary_classification', 'roc_auc'),
    ('binary_classification', 'log_loss'),
    ('binary_classification', 'brier_score'),
    ('binary_classification', 'expected_calibration_error'),
    ('binary_classification', 'precision'),
    ('binary_classification', 'recall'),
    ('binary_classification', 'lift'),
    ('regression', 'rmse'),
    ('regression', 'mae')

),

measured_chunks as (

    select
        chunks.*,
        metrics.metric_name,
        realised.value as realised_value,
        estimated.value as estimated_value,
        case
            when chunks.prediction_count = 0 then 'no_predictions'
            when chunks.mature_count = 0 then 'not_matured'
            when chunks.labelled_count = 0 then 'no_labels'
            else realised.reason
        end as reason,
        case
            when
                chunks.task != 'binary_classification'
                or metrics.metric_name = 'expected_calibration_error'
                then 'not_estimated'
            when chunks.prediction_count = 0 then 'no_predictions'
            else estimated.reason
        end as estimated_reason,
        realised_bands.reference_mean,
        realised_bands.band_lower,
        realised_bands.band_upper,
        estimated_bands.reference_mean as estimated_reference_mean,
        estimated_bands.band_lower as estimated_band_lower,
        estimated_bands.band_upper as estimated_band_upper,
        coalesce(realised_bands.reason, 'no_reference') as realised_band_reason
    from chunks
    inner join metrics on chunks.task = metrics.task
    left join realised
        on
            chunks.model_id = realised.model_id
            and chunks.version_id = realised.version_id
            and chunks.chunk_start = realised.chunk_start
            and chunks.segment_name = realised.segment_name
            and chunks.segment_value = realised.segment_value
            and metrics.metric_name = realised.metric_name
    left join estimated
        on
            chunks.model_id = estimated.model_id
            and chunks.version_id = estimated.version_id
            and chunks.chunk_start = estimated.chunk_start
            and chunks.segment_name = estimated.segment_name
            and chunks.segment_value = estimated.segment_value
            and metrics.metric_name = estimated.metric_name
    left join bands as realised_bands
        on
            chunks.model_id = realised_bands.model_id
            and chunks.version_id = realised_bands.version_id
            and chunks.segment_name = realised_bands.segment_name
            and chunks.segment_value = realised_bands.segment_value
            and metrics.metric_name = realised_bands.metric_name
            and realised_bands.kind = 'realised'
    left join bands as estimated_bands
        on
            chunks.model_id = estimated_bands.model_id
            and chunks.version_id = estimated_bands.version_id
            and chunks.segment_name = estimated_bands.segment_name
            and chunks.segment_value = estimated_bands.segment_value
            and metrics.metric_name = estimated_bands.metric_name
            and estimated_bands.kind = 'estimated'

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        chunk_grain,
        segment_name,
        segment_value,
        metric_name,
        reason,
        estimated_reason,
        case when band_lower is null then realised_band_reason end as band_reason,

        -- numbers
        realised_value,
        estimated_value,
        reference_mean,
        band_lower,
        band_upper,
        estimated_reference_mean,
        estimated_band_lower,
        estimated_band_upper,
        prediction_count,
        mature_count,
        unlabelled_count,
        positive_count,

        -- booleans
        is_reference,
        is_complete_chunk,
        -- a band without any width must not alarm for the last digit of a double
        case
            when is_complete_chunk and is_wholly_mature
                then
                    realised_value < band_lower - 1.0e-12
                    or realised_value > band_upper + 1.0e-12
        end as is_realised_alarm,
        case
            when is_complete_chunk
                then
                    estimated_value < estimated_band_lower - 1.0e-12
                    or estimated_value > estimated_band_upper + 1.0e-12
        end as is_estimated_alarm,

        -- times
        chunk_start
    from measured_chunks

)

select * from final
