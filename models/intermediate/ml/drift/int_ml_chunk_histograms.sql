{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with bins as (

    select * from {{ ref('int_ml_reference_bins') }}

),

feature_values as (

    select * from {{ ref('int_ml_feature_values') }}

),

{{ value_histograms('histograms', 'feature_values', 'bins', keys, ['chunk_start']) }}

select * from histograms
