with base_orders as (

    select * from {{ ref('base_product__orders') }}

),

accepted_orders as (

    select
        -- ids
        order_id,
        user_id,
        session_id,

        -- text
        status,

        -- numbers
        gross_amount,
        coalesce(discount_amount, 0) as discount_amount,

        -- times
        ordered_at,
        refunded_at,
        loaded_at
    from base_orders
    where rejection_reasons is null

)

select * from accepted_orders
