with base_assignments as (

    select * from {{ ref('base_data_team__assignments') }}

),

accepted_assignments as (

    select
        -- ids
        assignment_id,
        member_id,

        -- text
        department,
        operating_model,

        -- numbers
        coalesce(share, 1) as share,
        cast(monthly_cost as decimal(18, 2)) as monthly_cost,

        -- times
        starts_on,
        ends_on,
        loaded_at
    from base_assignments
    where rejection_reasons is null

)

select * from accepted_assignments
