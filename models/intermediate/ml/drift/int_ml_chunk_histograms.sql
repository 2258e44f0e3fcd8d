{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}

),

prediction_features as (

    select * from {{ ref('stg_ml__prediction_features') }}

),

bins as (

    select * from {{ ref('int_ml_reference_bins') }}

),

feature_values as (

    select * from {{ ref('int_ml_feature_values') }}

),

{{ value_histograms('histograms', 'feature_values', 'bins', keys, ['chunk_start', 'period']) }},

logged_counts as (

    select
        model_id,
        version_id,
        feature_name,
        chunk_start,
        period,
        sum(value_count) as value_count
    from histograms
    group by model_id, version_id, feature_name, chunk_start, period

),

-- where a feature has a row for every prediction, each has rows: nobody needs to look for them
whole_chunks as (

    select
        model_id,
        version_id,
        chunk_start,
        period,
        max(value_count) as prediction_count
    from logged_counts
    group by model_id, version_id, chunk_start, period
    -- every prediction has a score, and at most one row of a feature
    having max(case when feature_name != '(score)' then value_count end) = max(value_count)

),

-- a feature without a row is missing where its prediction has rows of others; distinct changes
-- nothing but that these are found first, and are few before the rows of features are read
predictions_to_look_up as (

    select distinct
        predictions.prediction_id,
        predictions.model_id,
        predictions.version_id,
        predictions.chunk_start,
        predictions.period
    from predictions
    left join whole_chunks
        on
            predictions.model_id = whole_chunks.model_id
            and predictions.version_id = whole_chunks.version_id
            and predictions.chunk_start = whole_chunks.chunk_start
            and predictions.period = whole_chunks.period
    where whole_chunks.model_id is null

),

logged_predictions as (

    select * from whole_chunks
    union all
    select
        model_id,
        version_id,
        chunk_start,
        period,
        count(*) as prediction_count
    from predictions_to_look_up
    where prediction_id in (select prediction_features.prediction_id from prediction_features)
    group by model_id, version_id, chunk_start, period

),

version_features as (

    select distinct
        model_id,
        version_id,
        feature_name
    from logged_counts
    where feature_name != '(score)'

),

missing_counts as (

    select
        logged_predictions.model_id,
        logged_predictions.version_id,
        version_features.feature_name,
        logged_predictions.chunk_start,
        logged_predictions.period,
        logged_predictions.prediction_count - coalesce(logged_counts.value_count, 0) as value_count
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

found_and_missing as (

    select
        model_id,
        version_id,
        feature_name,
        chunk_start,
        period,
        fine_bin,
        category,
        value_count,
        outside_count
    from histograms
    union all
    select
        model_id,
        version_id,
        feature_name,
        chunk_start,
        period,
        0 as fine_bin,
        cast(null as string) as category,
        value_count,
        0 as outside_count
    from missing_counts
    where value_count > 0

),

final as (

    select
        model_id,
        version_id,
        feature_name,
        chunk_start,
        period,
        fine_bin,
        category,
        cast(sum(value_count) as bigint) as value_count,
        cast(sum(outside_count) as bigint) as outside_count
    from found_and_missing
    group by model_id, version_id, feature_name, chunk_start, period, fine_bin, category

)

select * from final
