{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with bins as (

    select * from {{ ref('int_ml_reference_bins') }}

),

feature_values as (

    select * from {{ ref('int_ml_feature_values') }}

),

{{ value_histograms(
    'histograms', 'feature_values', 'bins', keys, ['chunk_start', 'period'], weight='value_count'
) }},

final as (

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

)

select * from final
