with reference_values as (

    select * from {{ ref('int_ml_feature_values') }}
    where period = 'reference'

),

{{ reference_bins('bins', 'reference_values', ['model_id', 'version_id', 'feature_name']) }}

select * from bins
