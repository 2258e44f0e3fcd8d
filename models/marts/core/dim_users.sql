with users as (

    select * from {{ ref('stg_product__users') }}

),

known_users as (

    select
        user_id as user_key,
        user_id,
        country,
        platform,
        acquisition_channel,
        has_email,
        signed_up_at,
        {{ local_date('signed_up_at') }} as signed_up_date
    from users

),

unknown_user as (

    select
        '(unknown)' as user_key,
        cast(null as string) as user_id,
        '(unknown)' as country,
        '(unknown)' as platform,
        '(unknown)' as acquisition_channel,
        cast(null as boolean) as has_email,
        cast(null as timestamp) as signed_up_at,
        cast(null as date) as signed_up_date

),

final as (

    select * from known_users
    union all
    select * from unknown_user

)

select * from final
