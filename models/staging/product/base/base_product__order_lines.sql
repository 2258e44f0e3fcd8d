with raw_order_lines as (

    {{ raw('product', 'order_lines') }}

),

typed_order_lines as (

    select
        -- ids
        order_id,
        line_id,
        course_id,

        -- numbers
        {{ read_as('quantity', 'integer') }} as quantity,
        {{ read_as('unit_price', 'decimal') }} as unit_price,
        {{ read_as('line_amount', 'decimal') }} as line_amount,

        -- times
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        order_id || '|' || line_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('order_id') }},
            {{ missing('line_id') }},
            {{ missing('quantity') }},
            {{ unreadable('quantity', 'integer') }},
            case
                when {{ read_as('quantity', 'integer') }} = 0 then 'quantity_out_of_range'
            end,
            {{ unreadable('unit_price', 'decimal') }},
            {{ missing('line_amount') }},
            {{ unreadable('line_amount', 'decimal') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_order_lines

)

{{ latest_per_key('typed_order_lines') }}
