with orders as (

    select * from {{ ref('stg_product__orders') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

channels as (

    select * from {{ ref('dim_channels') }}

),

dated_orders as (

    select
        *,
        {{ local_date('ordered_at') }} as ordered_date,
        status = 'cancelled' as is_cancelled,
        gross_amount < 0 as is_credit_note,
        status != 'cancelled' and gross_amount >= 0 as is_purchase,
        status = 'refunded' as is_refunded,
        -- a refund without its time is booked on the order's own day
        case
            when status = 'refunded' then coalesce(refunded_at, ordered_at)
        end as refund_booked_at
    from orders

),

numbered_orders as (

    select
        *,
        row_number() over (
            partition by user_id, is_purchase
            order by ordered_at, order_id
        ) as order_number
    from dated_orders

),

final as (

    select
        -- ids
        numbered_orders.order_id,
        numbered_orders.user_id,
        coalesce(users.user_key, '(unknown)') as user_key,
        numbered_orders.session_id,
        coalesce(channels.channel_key, '(unknown)') as channel_key,

        -- text
        numbered_orders.status,
        sessions.channel,
        sessions.platform,

        -- numbers
        numbered_orders.gross_amount,
        numbered_orders.discount_amount,
        cast(
            numbered_orders.gross_amount - numbered_orders.discount_amount as decimal(18, 4)
        ) as paid_amount,
        cast(
            case
                when numbered_orders.is_refunded
                    then numbered_orders.gross_amount - numbered_orders.discount_amount
                else 0
            end as decimal(18, 4)
        ) as refunded_amount,
        cast(
            case
                when numbered_orders.is_purchase and numbered_orders.user_id is not null
                    then numbered_orders.order_number
            end as bigint
        ) as purchase_number,

        -- booleans
        numbered_orders.is_cancelled,
        numbered_orders.is_credit_note,
        numbered_orders.is_refunded,
        numbered_orders.is_purchase,
        numbered_orders.is_purchase
        and numbered_orders.user_id is not null
        and numbered_orders.order_number = 1 as is_first_purchase,

        -- times
        numbered_orders.ordered_at,
        numbered_orders.ordered_date,
        numbered_orders.refund_booked_at as refunded_at,
        {{ local_date('numbered_orders.refund_booked_at') }} as refunded_date,
        numbered_orders.loaded_at
    from numbered_orders
    left join users on numbered_orders.user_id = users.user_id
    left join sessions on numbered_orders.session_id = sessions.session_id
    left join channels on sessions.channel = channels.channel

)

select * from final
