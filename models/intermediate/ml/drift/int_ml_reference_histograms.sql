{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with bins as (

    select * from {{ ref('int_ml_reference_bins') }}

),

reference_values as (

    select * from {{ ref('int_ml_feature_values') }}
    where period = 'reference'

),

{{ value_histograms('histograms', 'reference_values', 'bins', keys) }},

final as (

    select
        model_id,
        version_id,
        feature_name,
        fine_bin,
        category,
        value_count,
        outside_count
    from histograms

)

select * from final
