with base_members as (

    select * from {{ ref('base_data_team__members') }}

),

accepted_members as (

    select
        -- ids
        member_id,

        -- text
        role,

        -- times
        joined_on,
        left_on,
        loaded_at
    from base_members
    where rejection_reasons is null

)

select * from accepted_members
