with bills as (

    select * from {{ ref('stg_data_team__infrastructure_costs') }}

),

assignments as (

    select * from {{ ref('stg_data_team__assignments') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

begun_assignments as (

    select
        assignments.assignment_id,
        assignments.department,
        assignments.monthly_cost,
        assignments.starts_on,
        least(
            coalesce(assignments.ends_on, {{ add_days('as_of.as_of_date', -1) | trim }}),
            {{ add_days('as_of.as_of_date', -1) | trim }}
        ) as last_on
    from assignments
    cross join as_of
    where assignments.starts_on < as_of.as_of_date

),

assigned_days as (

    select
        assignment_id,
        department,
        monthly_cost,
        {{ days_between('starts_on', 'last_on') | trim }} as date_day
    from begun_assignments

),

assigned_months as (

    select
        assignment_id,
        department,
        monthly_cost,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as cost_month,
        min(date_day) as first_date,
        max(date_day) as last_date,
        count(*) as day_count
    from assigned_days
    group by
        assignment_id,
        department,
        monthly_cost,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date)

),

measured_months as (

    select
        *,
        {{ date_difference('day', 'cost_month', add_months('cost_month', 1)) }} as month_days
    from assigned_months

),

people_lines as (

    select
        assignment_id,
        department,
        cost_month,
        first_date,
        last_date,
        {{ prorated('monthly_cost', 'day_count', 'month_days') }} as amount
    from measured_months

),

final as (

    select
        'infrastructure' as cost_kind,
        bills.cost_id as cost_line_id,
        bills.cost_month,
        bills.service,
        bills.location,
        bills.workload,
        bills.driver,
        case when bills.driver = 'direct' then bills.pipeline_id end as direct_target,
        bills.cost_month as first_date,
        {{ add_days(add_months('bills.cost_month', 1), -1) | trim }} as last_date,
        bills.amount
    from bills
    cross join as_of
    where bills.cost_month < as_of.as_of_date
    union all
    -- who works for one department costs it, who works for all of them is shared by their requests
    select
        'people' as cost_kind,
        assignment_id as cost_line_id,
        cost_month,
        'people' as service,
        cast(null as string) as location,
        cast(null as string) as workload,
        case when department is null then 'requests' else 'department' end as driver,
        department as direct_target,
        first_date,
        last_date,
        amount
    from people_lines

)

select * from final
