with performance as (

    select * from {{ ref('ml_performance') }}

)

select
    model_id,
    version_id,
    chunk_start,
    segment_value,
    metric_name,
    concat(
        'model ''', model_id, ''', version ''', version_id, ''': ''', metric_name, ''' from ',
        cast(chunk_start as string),
        ' has neither a value nor a reason, both, or a number that is none'
    ) as message
from performance
where
    (realised_value is null) != (reason is not null)
    or (estimated_value is null) != (estimated_reason is not null)
    or (band_lower is null) != (band_reason is not null)
    or not coalesce(abs(realised_value), 0) < 1e300
    or not coalesce(abs(estimated_value), 0) < 1e300
    or unlabelled_count > mature_count
    or mature_count > prediction_count
