with costs as (

    select * from {{ ref('int_costs_by_domain') }}
    where target_type = 'domain' and line_amount is not null

),

lines as (

    select * from {{ ref('int_cost_lines') }}

),

covered as (

    select
        costs.*,
        lines.first_date,
        lines.last_date
    from costs
    inner join lines
        on
            costs.cost_kind = lines.cost_kind
            and costs.cost_line_id = lines.cost_line_id
            and costs.cost_month = lines.cost_month

),

covered_days as (

    select
        cost_line_id,
        cost_kind,
        target as domain,
        service,
        location,
        workload,
        cost_month,
        allocated_amount as amount,
        {{ days_between('first_date', 'last_date') | trim }} as date_day
    from covered

),

-- each day takes the same part
weighted as (

    select
        *,
        date_day as target,
        1 as weight
    from covered_days

),

{{ largest_remainder(
    'allocated',
    'weighted',
    line=['cost_kind', 'cost_line_id', 'cost_month', 'domain']
) }},

final as (

    select
        -- ids
        concat_ws('/', cost_kind, cost_line_id, domain, cast(date_day as string))
            as cost_day_key,
        cost_line_id,

        -- text
        cost_kind,
        domain,
        service,
        location,
        workload,

        -- numbers
        allocated_amount as amount,

        -- times
        date_day
    from allocated

)

select * from final
