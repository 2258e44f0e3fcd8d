{%- set keys = ['model_id', 'version_id', 'chunk_start', 'segment_name', 'segment_value'] -%}
with segment_predictions as (

    select * from {{ ref('int_ml_segment_predictions') }}
    where task = 'binary_classification'

),

{{ estimate_performance(
    'estimates', 'segment_predictions', keys, threshold='decision_threshold'
) }},

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
    from estimates

)

select * from final
