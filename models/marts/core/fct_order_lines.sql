with order_lines as (

    select * from {{ ref('int_order_lines') }}

),

final as (

    select
        -- ids
        order_line_id,
        order_id,
        line_id,
        user_id,
        user_key,
        course_id,
        course_key,

        -- text
        order_status,
        channel,
        platform,

        -- numbers
        quantity,
        unit_price,
        line_amount,

        -- booleans
        is_return,
        is_cancelled,

        -- times
        ordered_at,
        ordered_date,
        loaded_at
    from order_lines

)

select * from final
