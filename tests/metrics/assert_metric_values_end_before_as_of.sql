select
    metric_values.metric_name,
    metric_values.period_start,
    concat(
        metric_values.metric_name, ' has a period from ',
        cast(metric_values.period_start as string), ', on or after the end of the data'
    ) as message
from {{ ref('metric_values') }} as metric_values
inner join {{ ref('int_as_of') }} as as_of on metric_values.period_start >= as_of.as_of_date
