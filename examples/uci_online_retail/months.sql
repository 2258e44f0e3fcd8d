select
    period_start,
    max(case when metric_name = 'gross_revenue' then metric_value end) as gross_revenue,
    max(case when metric_name = 'orders' then metric_value end) as orders,
    max(case when metric_name = 'buyers' then metric_value end) as buyers,
    is_complete_period
from metrics.metric_values
where
    grain = 'month'
    and dimension_name = 'total'
    and metric_name in ('gross_revenue', 'orders', 'buyers')
group by period_start, is_complete_period
order by period_start;
