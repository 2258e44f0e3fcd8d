{%- set batches = changed_batches('product', 'order_lines') -%}
with raw_order_lines as (

    {{ raw('product', 'order_lines', batches) }}

),

typed_order_lines as (

    select
        *,
        {{ read_as('quantity', 'integer') }} as typed_quantity,
        {{ read_as('unit_price', 'decimal') }} as typed_unit_price,
        {{ read_as('line_amount', 'decimal') }} as typed_line_amount,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_order_lines

),

checked_order_lines as (

    select
        -- ids
        order_id,
        line_id,
        course_id,

        -- numbers
        typed_quantity as quantity,
        typed_unit_price as unit_price,
        typed_line_amount as line_amount,

        -- times
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        order_id || '|' || line_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('order_id') }},
            {{ missing('line_id') }},
            {{ missing('quantity') }},
            {{ unreadable('quantity') }},
            case when typed_quantity = 0 then 'quantity_out_of_range' end,
            {{ unreadable('unit_price') }},
            {{ missing('line_amount') }},
            {{ unreadable('line_amount') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_order_lines

)

{{ latest_per_key('checked_order_lines', batches) }}
