-- Which acquisition channel brings users that buy, and how much?
-- Answer on the demo: run it with `dbt show --select which_channel_is_worth_more --limit 10`. Read
-- conversion and revenue together: a channel that converts well but brings few users is no plan.
-- The ratios are divided here, over all whole months, because ratios of months cannot be averaged.
with months as (

    select * from {{ ref('metric_values') }}
    where
        grain = 'month'
        and dimension_name = 'user__acquisition_channel'
        and is_complete_period

),

channels as (

    select
        dimension_value as channel,
        sum(case when metric_name = 'sign_ups' then metric_value end) as sign_ups,
        sum(case when metric_name = 'sign_up_to_purchase_7d' then numerator end) as converted_users,
        sum(case when metric_name = 'sign_up_to_purchase_7d' then denominator end) as base_users,
        sum(case when metric_name = 'net_revenue' then metric_value end) as net_revenue
    from months
    group by dimension_value

)

select
    channel,
    sign_ups,
    round(converted_users / nullif(base_users, 0), 3) as sign_up_to_purchase_7d,
    round(net_revenue, 2) as net_revenue,
    round(net_revenue / nullif(sign_ups, 0), 2) as net_revenue_per_sign_up
from channels
order by net_revenue_per_sign_up desc nulls last
