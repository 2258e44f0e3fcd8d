{%- set inputs = [
    ref('base_product__order_lines'),
    ref('base_product__courses'),
    ref('base_product__orders'),
    ref('int_orders'),
] -%}
{%- set seen = seen_load(inputs) -%}
with orders as (

    select * from {{ ref('int_orders') }}

),

courses as (

    select
        dim_courses.*,
        {{ row_print('dim_courses') }} as course_print
    from {{ ref('dim_courses') }} as dim_courses

),

{% if seen is not none %}
loaded_order_lines as (

    {{ changed_keys(ref('base_product__order_lines'), seen) | indent(4) }}

),

changed_courses as (

    {{ changed_keys(ref('base_product__courses'), seen) | indent(4) }}

),

changed_orders as (

    {{ changed_keys(ref('base_product__orders'), seen) | indent(4) }}
    union distinct
    select order_id as business_key
    from orders
    where load_number > {{ seen }}

),

touched_lines as (

    select business_key as order_line_id
    from loaded_order_lines
    union distinct
    select kept.order_line_id
    from {{ this }} as kept
    inner join changed_orders on kept.order_id = changed_orders.business_key
    union distinct
    select kept.order_line_id
    from {{ this }} as kept
    inner join changed_courses on kept.course_id = changed_courses.business_key

),

order_lines as (

    select order_lines.*
    from {{ ref('stg_product__order_lines') }} as order_lines
    inner join touched_lines
        on concat(order_lines.order_id, '|', order_lines.line_id) = touched_lines.order_line_id

),
{% else %}
order_lines as (

    select * from {{ ref('stg_product__order_lines') }}

),
{% endif %}
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
        order_lines.loaded_at,

        -- changes with a row of a dimension that is published beside it
        {{ values_print(['orders.row_print', 'courses.course_print']) }} as dimensions_print
    from order_lines
    left join orders on order_lines.order_id = orders.order_id
    left join courses on order_lines.course_id = courses.course_id

)

{{ stored_rows('final', 'order_line_id', 'touched_lines' if seen is not none else none, inputs) }}
