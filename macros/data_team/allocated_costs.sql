{#- Lines of the costs shared out to their targets, to the cent; see data_costs for the columns.

    targets: relation with one row per cost_month, cost_kind, cost_line_id, target_type and target:
        the columns of data_costs but allocated_amount, with amount in place of line_amount
    returns: a select statement -#}
{%- macro allocated_costs(targets) -%}
with targets as (

    select * from {{ targets }}

),

-- what has no driver is a target like any other, with all of the line
weighted as (

    select
        *,
        coalesce(driver_value, 1) as weight
    from targets

),

{{ largest_remainder(
    'allocated',
    'weighted',
    line=['cost_kind', 'cost_line_id', 'cost_month', 'target_type']
) }},

final as (

    select
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
        amount as line_amount,
        allocated_amount,

        -- times
        cost_month
    from allocated

)

select * from final
{%- endmacro -%}
