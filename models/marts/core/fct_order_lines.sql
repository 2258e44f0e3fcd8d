with order_lines as (

    select * from {{ ref('stg_product__order_lines') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

courses as (

    select * from {{ ref('dim_courses') }}

),

final as (

    select
        -- ids
        concat(order_lines.order_id, '|', order_lines.line_id) as order_line_id,
        order_lines.order_id,
        order_lines.line_id,
        orders.user_id,
        coalesce(orders.user_key, '(unknown)') as user_key,
        order_lines.course_id,
        coalesce(courses.course_key, '(unknown)') as course_key,

        -- text
        orders.status as order_status,
        orders.channel,
        orders.platform,

        -- numbers
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.line_amount,

        -- booleans
        order_lines.quantity < 0 as is_return,
        coalesce(orders.is_cancelled, false) as is_cancelled,

        -- times
        orders.ordered_at,
        orders.ordered_date,
        order_lines.loaded_at
    from order_lines
    left join orders on order_lines.order_id = orders.order_id
    left join courses on order_lines.course_id = courses.course_id

)

select * from final
