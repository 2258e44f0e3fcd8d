with base_users as (

    select * from {{ ref('base_product__users') }}

),

accepted_users as (

    select
        -- ids
        user_id,

        -- text
        country,
        platform,
        acquisition_channel,

        -- booleans
        has_email,

        -- times
        signed_up_at,
        loaded_at
    from base_users
    where rejection_reasons is null

)

select * from accepted_users
