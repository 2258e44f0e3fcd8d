with chunk_histograms as (

    select * from {{ ref('int_ml_chunk_histograms') }}
    where period = 'reference'

),

final as (

    select
        model_id,
        version_id,
        feature_name,
        fine_bin,
        category,
        cast(sum(value_count) as bigint) as value_count,
        cast(sum(outside_count) as bigint) as outside_count
    from chunk_histograms
    group by model_id, version_id, feature_name, fine_bin, category

)

select * from final
