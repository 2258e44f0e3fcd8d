with costs as (

    select * from {{ ref('int_costs_by_metric') }}
    where reason is null

),

dashboards as (

    select * from {{ ref('int_dashboards_defined') }}
    where metric_name is not null

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- the last month that is over and has costs
last_month as (

    select max(costs.cost_month) as cost_month
    from costs
    cross join as_of
    where {{ add_months('costs.cost_month', 1) }} <= as_of.as_of_date

),

metric_costs as (

    select
        costs.target as metric_name,
        costs.cost_month,
        cast(sum(costs.allocated_amount) as decimal(18, 2)) as amount
    from costs
    inner join last_month on costs.cost_month = last_month.cost_month
    group by costs.target, costs.cost_month

),

-- dashboards that show a metric share what it costs in equal parts
weighted as (

    select
        metric_costs.metric_name,
        metric_costs.cost_month,
        metric_costs.amount,
        dashboards.dashboard_name as target,
        1 as weight
    from metric_costs
    inner join dashboards on metric_costs.metric_name = dashboards.metric_name

),

{{ largest_remainder('allocated', 'weighted', line=['metric_name']) }},

final as (

    select
        'metric' as asset_type,
        metric_name as asset_name,
        cost_month,
        amount as monthly_cost
    from metric_costs
    union all
    select
        'dashboard' as asset_type,
        target as asset_name,
        cost_month,
        cast(sum(allocated_amount) as decimal(18, 2)) as monthly_cost
    from allocated
    group by target, cost_month

)

select * from final
