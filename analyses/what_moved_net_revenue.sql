-- What moved net revenue between the last two whole months?
-- Answer on the demo: run it with `dbt show --select what_moved_net_revenue`. The parts add up to
-- the change of net revenue, so the largest one says which metric's action to follow.
with months as (

    select
        metric_name,
        period_start,
        metric_value,
        row_number() over (partition by metric_name order by period_start desc) as months_back
    from {{ ref('metric_values') }}
    where
        grain = 'month'
        and dimension_name = 'total'
        and is_complete_period
        and metric_name in ('gross_revenue', 'discounts', 'refunds', 'net_revenue')

),

compared as (

    select
        metric_name,
        max(case when months_back = 2 then metric_value end) as month_before,
        max(case when months_back = 1 then metric_value end) as last_month
    from months
    where months_back <= 2
    group by metric_name

)

select
    metric_name,
    round(month_before, 2) as month_before,
    round(last_month, 2) as last_month,
    round(
        case when metric_name in ('discounts', 'refunds') then -1 else 1 end
        * (last_month - month_before), 2
    ) as moved_net_revenue_by
from compared
order by metric_name
