{%- set keys = ['model_id', 'version_id', 'chunk_start', 'segment_name', 'segment_value'] -%}
with segment_predictions as (

    select * from {{ ref('int_ml_segment_predictions') }}

),

classified as (

    select * from segment_predictions
    where task = 'binary_classification'

),

regressed as (

    select * from segment_predictions
    where task = 'regression'

),

{{ classification_measures(
    'classification', 'classified', keys, outcome='label', threshold='decision_threshold'
) }},

{{ regression_measures('regression', 'regressed', keys, outcome='label') }},

measures as (

    select
        {{ keys | join(', ') }},
        metric_name,
        value,
        reason
    from classification
    union all
    select
        {{ keys | join(', ') }},
        metric_name,
        value,
        reason
    from regression

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        segment_name,
        segment_value,
        {{ performance_metric('metric_name') }} as metric_name,
        reason,

        -- numbers
        value,

        -- times
        chunk_start
    from measures

)

select * from final
