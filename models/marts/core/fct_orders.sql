with orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        -- ids
        order_id,
        user_id,
        user_key,
        session_id,
        channel_key,

        -- text
        status,
        channel,
        platform,

        -- numbers
        gross_amount,
        discount_amount,
        paid_amount,
        refunded_amount,
        purchase_number,

        -- booleans
        is_cancelled,
        is_credit_note,
        is_refunded,
        is_purchase,
        is_first_purchase,

        -- times
        ordered_at,
        ordered_date,
        refunded_at,
        refunded_date,
        loaded_at
    from orders

)

select * from final
