with base_order_lines as (

    select * from {{ ref('base_product__order_lines') }}

),

accepted_order_lines as (

    select
        -- ids
        order_id,
        line_id,
        course_id,

        -- numbers
        quantity,
        unit_price,
        line_amount,

        -- times
        loaded_at
    from base_order_lines
    where rejection_reasons is null

)

select * from accepted_order_lines
