with lines as (

    select * from {{ ref('int_cost_lines') }}

),

months as (

    select * from {{ ref('int_initiative_months') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

costs as (

    select
        cost_month as month_start,
        sum(case when cost_kind = 'people' then amount end) as people_cost,
        sum(case when cost_kind = 'infrastructure' then amount end) as infrastructure_cost,
        count(case when amount is null then 1 end) as unknown_cost_count
    from lines
    group by cost_month

),

returns as (

    select
        month_start,
        sum(causal_return_low) as causal_return_low,
        sum(causal_return) as causal_return,
        sum(causal_return_high) as causal_return_high,
        sum(saved_cost) as saved_cost,
        sum(influenced_amount) as influenced_amount
    from months
    group by month_start

),

known_months as (

    select month_start
    from costs
    union all
    select month_start
    from returns

),

bounds as (

    select
        min(known_months.month_start) as first_date,
        {{ add_days('max(as_of.as_of_date)', -1) | trim }} as last_date
    from known_months
    cross join as_of

),

calendar as (

    select
        {{ days_between('first_date', 'last_date') | trim }}
            as date_day
    from bounds

),

-- a month without anything is a row like any other
all_months as (

    select
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
        max(date_day) as last_day
    from calendar
    group by cast({{ dbt.date_trunc('month', 'date_day') }} as date)

),

monthly as (

    select
        all_months.month_start,
        all_months.last_day,
        costs.people_cost,
        costs.infrastructure_cost,
        case
            when costs.people_cost is not null or costs.infrastructure_cost is not null
                then coalesce(costs.people_cost, 0) + coalesce(costs.infrastructure_cost, 0)
        end as total_cost,
        coalesce(returns.causal_return_low, 0) as causal_return_low,
        coalesce(returns.causal_return, 0) as causal_return,
        coalesce(returns.causal_return_high, 0) as causal_return_high,
        coalesce(returns.saved_cost, 0) as saved_cost,
        coalesce(returns.influenced_amount, 0) as influenced_amount,
        nullif(concat_ws(
            ', ',
            case when costs.people_cost is null then 'no_people_cost' end,
            case when costs.infrastructure_cost is null then 'no_infrastructure_cost' end,
            case when costs.unknown_cost_count > 0 then 'cost_not_known' end
        ), '') as reason
    from all_months
    left join costs on all_months.month_start = costs.month_start
    left join returns on all_months.month_start = returns.month_start

),

cumulated as (

    select
        *,
        sum(total_cost) over until_then as cumulative_cost,
        sum(causal_return_low) over until_then as cumulative_causal_return_low,
        sum(causal_return) over until_then as cumulative_causal_return,
        sum(causal_return_high) over until_then as cumulative_causal_return_high,
        sum(saved_cost) over until_then as cumulative_saved_cost
    from monthly
    window until_then as (
        order by month_start rows between unbounded preceding and current row
    )

),

final as (

    select
        -- text
        reason,

        -- numbers
        cast(people_cost as decimal(18, 2)) as people_cost,
        cast(infrastructure_cost as decimal(18, 2)) as infrastructure_cost,
        cast(total_cost as decimal(18, 2)) as total_cost,
        cast(causal_return_low as decimal(18, 2)) as causal_return_low,
        cast(causal_return as decimal(18, 2)) as causal_return,
        cast(causal_return_high as decimal(18, 2)) as causal_return_high,
        cast(saved_cost as decimal(18, 2)) as saved_cost,
        cast(influenced_amount as decimal(18, 2)) as influenced_amount,
        cast(cumulative_cost as decimal(18, 2)) as cumulative_cost,
        cast(cumulative_causal_return_low as decimal(18, 2)) as cumulative_causal_return_low,
        cast(cumulative_causal_return as decimal(18, 2)) as cumulative_causal_return,
        cast(cumulative_causal_return_high as decimal(18, 2)) as cumulative_causal_return_high,
        cast(cumulative_saved_cost as decimal(18, 2)) as cumulative_saved_cost,
        cast(cumulative_causal_return_low as double) / nullif(cast(cumulative_cost as double), 0)
            as causal_return_on_cost_low,
        cast(cumulative_causal_return as double) / nullif(cast(cumulative_cost as double), 0)
            as causal_return_on_cost,
        cast(cumulative_causal_return_high as double) / nullif(cast(cumulative_cost as double), 0)
            as causal_return_on_cost_high,

        -- booleans
        cumulative_causal_return >= cumulative_cost as is_break_even_causal,
        cumulative_causal_return_low >= cumulative_cost as is_break_even_causal_low,
        cumulative_saved_cost >= cumulative_cost as is_break_even_saved,
        {{ add_days('last_day', 1) | trim }}
        = {{ add_months('month_start', 1) }} as is_complete_month,

        -- times
        month_start
    from cumulated

)

select * from final
