{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with bins as (

    select * from {{ ref('int_ml_reference_bins') }}

),

reference_values as (

    select * from {{ ref('int_ml_feature_values') }}
    where period = 'reference'

),

{{ value_histograms('histograms', 'reference_values', 'bins', keys) }}

select * from histograms
