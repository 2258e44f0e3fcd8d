with readouts as (

    select * from {{ ref('experiment_readouts') }}

)

select
    experiment_id,
    metric_name,
    treatment_variant_id,
    as_of_date,
    estimator,
    segment_name,
    segment_value,
    concat(
        'experiment ''', experiment_id, ''': ''', metric_name, ''' on ',
        cast(as_of_date as string), ' has neither a p-value nor a reason, or a number that is none'
    ) as message
from readouts
where
    (p_value is null and reason is null)
    or not (
        coalesce(p_value, 0) between 0 and 1
        and coalesce(p_value_adjusted, 0) between 0 and 1
        and coalesce(always_valid_p_value, 0) between 0 and 1
        and coalesce(probability_better, 0) between 0 and 1
        and coalesce(abs(effect), 0) < 1e300
        and coalesce(abs(relative_effect_ci_upper), 0) < 1e300
        and coalesce(standard_error, 1) > 0
    )
