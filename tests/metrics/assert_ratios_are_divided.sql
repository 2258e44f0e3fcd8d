select
    metric_name,
    grain,
    period_start,
    dimension_name,
    dimension_value,
    concat(metric_name, ' is not its numerator divided by its denominator') as message
from {{ ref('metric_values') }}
where
    denominator is not null
    and metric_value is distinct from numerator / nullif(denominator, 0)
