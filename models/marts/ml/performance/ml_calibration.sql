with predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}
    where task = 'binary_classification' and label is not null

),

{{ calibration_bins(
    'bins', 'predictions', ['model_id', 'version_id', 'period'], outcome='label'
) }},

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        period,

        -- numbers
        cast(bin_number as bigint) as bin_number,
        cast(bin_lower as double) as bin_lower,
        cast(bin_upper as double) as bin_upper,
        cast(prediction_count as bigint) as prediction_count,
        cast(positive_count as bigint) as positive_count,
        mean_score,
        positive_share
    from bins

)

select * from final
