with base_initiatives as (

    select * from {{ ref('base_data_team__initiatives') }}

),

accepted_initiatives as (

    select
        -- ids
        initiative_id,
        experiment_id,
        treatment_variant_id,

        -- text
        title,
        owner,
        kind,
        metric_name,

        -- numbers
        coalesce(horizon_days, 90) as horizon_days,
        cast(monthly_saving as decimal(18, 2)) as monthly_saving,
        cast(influenced_amount as decimal(18, 2)) as influenced_amount,
        cast(build_cost as decimal(18, 2)) as build_cost,

        -- times
        live_on,
        ended_on,
        loaded_at
    from base_initiatives
    where rejection_reasons is null

)

select * from accepted_initiatives
