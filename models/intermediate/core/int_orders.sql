{%- set inputs = [
    ref('base_product__orders'),
    ref('base_product__users'),
    ref('base_product__sessions'),
] -%}
{%- set seen = seen_load(inputs) -%}
with sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

users as (

    select
        dim_users.*,
        {{ row_print('dim_users') }} as user_print
    from {{ ref('dim_users') }} as dim_users

),

channels as (

    select * from {{ ref('dim_channels') }}

),

{% if seen is not none %}
loaded_orders as (

    {{ changed_keys(ref('base_product__orders'), seen) | indent(4) }}

),

loaded_users as (

    {{ changed_keys(ref('base_product__users'), seen) | indent(4) }}

),

changed_sessions as (

    {{ changed_keys(ref('base_product__sessions'), seen) | indent(4) }}

),

changed_orders as (

    select business_key as order_id
    from loaded_orders
    union distinct
    select orders.order_id
    from {{ ref('stg_product__orders') }} as orders
    inner join changed_sessions on orders.session_id = changed_sessions.business_key

),

-- purchases are numbered per user: whose it is, and whose it was
changed_users as (

    select orders.user_id
    from {{ ref('stg_product__orders') }} as orders
    inner join changed_orders on orders.order_id = changed_orders.order_id
    union distinct
    select kept.user_id
    from {{ this }} as kept
    inner join changed_orders on kept.order_id = changed_orders.order_id
    union distinct
    select business_key as user_id
    from loaded_users

),

touched_orders as (

    select order_id
    from changed_orders
    union distinct
    select orders.order_id
    from {{ ref('stg_product__orders') }} as orders
    inner join changed_users on orders.user_id = changed_users.user_id

),

orders as (

    select orders.*
    from {{ ref('stg_product__orders') }} as orders
    inner join touched_orders on orders.order_id = touched_orders.order_id

),
{% else %}
orders as (

    select * from {{ ref('stg_product__orders') }}

),
{% endif %}
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
        numbered_orders.loaded_at,

        -- changes with a row of a dimension that is published beside it
        users.user_print as dimensions_print
    from numbered_orders
    left join users on numbered_orders.user_id = users.user_id
    left join sessions on numbered_orders.session_id = sessions.session_id
    left join channels on sessions.channel = channels.channel

)

{{ stored_rows('final', 'order_id', 'touched_orders' if seen is not none else none, inputs) }}
