with base_infrastructure_costs as (

    select * from {{ ref('base_data_team__infrastructure_costs') }}

),

accepted_infrastructure_costs as (

    select
        -- ids
        cost_id,
        pipeline_id,

        -- text
        service,
        location,
        workload,
        coalesce(driver, 'pipeline_seconds') as driver,

        -- numbers
        cast(amount as decimal(18, 2)) as amount,

        -- times
        cast({{ dbt.date_trunc('month', 'cost_month') }} as date) as cost_month,
        loaded_at
    from base_infrastructure_costs
    where rejection_reasons is null

)

select * from accepted_infrastructure_costs
