with cells as (

    select * from {{ ref('int_request_cells') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

dimension_values as (

    select distinct
        dimension_name,
        dimension_value
    from cells

),

covered as (

    select
        min(cells.requested_month) as first_date,
        {{ add_days('max(as_of.as_of_date)', -1) }} as last_date
    from cells
    cross join as_of

),

days as (

    select
        {{ days_between('first_date', 'last_date') }}
            as date_day
    from covered
    where first_date <= last_date

),

months as (

    select distinct cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start
    from days

),

bounds as (

    select
        months.month_start,
        least({{ add_months('months.month_start', 1) }}, as_of.as_of_date) as month_end,
        {{ add_months('months.month_start', 1) }} <= as_of.as_of_date as is_complete_month
    from months
    cross join as_of

),

final as (

    select
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        bounds.is_complete_month,
        bounds.month_start,
        bounds.month_end
    from bounds
    cross join dimension_values

)

select * from final
