with versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

performance as (

    select * from {{ ref('ml_performance') }}
    where segment_name = 'total' and not is_reference

),

drift as (

    select * from {{ ref('int_ml_drift_measures') }}
    where measure = 'psi' and not is_reference

),

-- the metric that the model was registered with, and on which side of its band it is worse
validated as (

    select
        performance.*,
        not {{ is_lower_better('performance.metric_name') }} as is_higher_better
    from performance
    inner join versions
        on
            performance.model_id = versions.model_id
            and performance.version_id = versions.version_id
            and performance.metric_name = versions.validation_metric

),

decays as (

    select
        model_id,
        version_id,
        'realised_decay' as trigger_name,
        chunk_start,
        metric_name as subject,
        realised_value as value,
        case when is_higher_better then band_lower else band_upper end as threshold,
        band_upper - band_lower as band_width,
        is_higher_better,
        is_realised_alarm as is_outside
    from validated
    union all
    select
        model_id,
        version_id,
        'estimated_decay' as trigger_name,
        chunk_start,
        metric_name as subject,
        estimated_value as value,
        case when is_higher_better then estimated_band_lower else estimated_band_upper end
            as threshold,
        estimated_band_upper - estimated_band_lower as band_width,
        is_higher_better,
        is_estimated_alarm as is_outside
    from validated

),

measured_decays as (

    select
        model_id,
        version_id,
        trigger_name,
        chunk_start,
        subject,
        value,
        threshold,
        case when is_higher_better then threshold - value else value - threshold end
        / nullif(band_width, 0) as distance,
        is_outside
        and case when is_higher_better then value < threshold else value > threshold end
            as is_alarm
    from decays
    where is_outside is not null

),

-- of the features of a chunk the one that is furthest beyond its threshold
ranked_drift as (

    select
        model_id,
        version_id,
        case when feature_name = '(score)' then 'prediction_drift' else 'feature_drift' end
            as trigger_name,
        chunk_start,
        feature_name as subject,
        value,
        threshold,
        value / threshold - 1 as distance,
        is_drifted as is_alarm,
        row_number() over (
            partition by model_id, version_id, chunk_start, feature_name = '(score)'
            order by value / threshold desc, feature_name
        ) as place
    from drift
    where is_drifted is not null

),

final as (

    select
        model_id,
        version_id,
        trigger_name,
        subject,
        value,
        threshold,
        distance,
        is_alarm,
        chunk_start
    from measured_decays
    union all
    select
        model_id,
        version_id,
        trigger_name,
        subject,
        value,
        threshold,
        distance,
        is_alarm,
        chunk_start
    from ranked_drift
    where place = 1

)

select * from final
