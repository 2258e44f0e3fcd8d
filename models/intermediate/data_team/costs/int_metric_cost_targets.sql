with lines as (

    select * from {{ ref('int_cost_lines') }}

),

-- metrics are built together, and no driver tells them apart
metrics as (

    select
        metric_name,
        1 as driver_value,
        count(*) over () as driver_total
    from {{ ref('int_metric_definitions') }}
    where status = 'active'

),

-- what finds no target stays in sight
final as (

    select
        lines.cost_kind,
        lines.cost_line_id,
        lines.cost_month,
        'metric' as target_type,
        coalesce(metrics.metric_name, '(unallocated)') as target,
        lines.service,
        lines.location,
        lines.workload,
        'active_metrics' as driver,
        case
            when lines.amount is null then 'cost_not_known'
            when metrics.metric_name is null then 'no_active_metric'
        end as reason,
        cast(metrics.driver_value as bigint) as driver_value,
        metrics.driver_total,
        lines.amount
    from lines
    left join metrics on lines.amount is not null

)

select * from final
