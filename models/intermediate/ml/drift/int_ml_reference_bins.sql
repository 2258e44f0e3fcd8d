with reference_values as (

    select * from {{ ref('int_ml_feature_values') }}
    where period = 'reference'

),

{{ reference_bins('bins', 'reference_values', ['model_id', 'version_id', 'feature_name']) }},

final as (

    select
        model_id,
        version_id,
        feature_name,
        minimum,
        maximum,
        edge_1,
        edge_2,
        edge_3,
        edge_4,
        edge_5,
        edge_6,
        edge_7,
        edge_8,
        edge_9,
        open_width
    from bins

)

select * from final
