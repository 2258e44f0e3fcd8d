select
    period_start,
    metric_name,
    metric_value,
    is_complete_period
from metrics.metric_values
where
    grain = 'month'
    and dimension_name = 'total'
    and metric_name in ('orders', 'gross_revenue', 'refunds', 'buyers')
order by period_start, metric_name;
