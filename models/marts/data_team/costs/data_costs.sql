with by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

by_metric as (

    select * from {{ ref('int_costs_by_metric') }}

),

{%- set columns %}
        -- ids
        cost_line_id,

        -- text
        cost_kind,
        target_type,
        target,
        service,
        location,
        workload,
        driver,
        reason,

        -- numbers
        driver_value,
        driver_total,
        line_amount,
        allocated_amount,

        -- times
        cost_month
{%- endset %}

final as (

    select {{ columns }}
    from by_domain
    union all
    select {{ columns }}
    from by_metric

)

select * from final
