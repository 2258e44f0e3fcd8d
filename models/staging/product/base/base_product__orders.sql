{%- set batches = changed_batches('product', 'orders') -%}
with raw_orders as (

    {{ raw('product', 'orders', batches) }}

),

typed_orders as (

    select
        *,
        {{ read_as('gross_amount', 'decimal') }} as typed_gross_amount,
        {{ read_as('discount_amount', 'decimal') }} as typed_discount_amount,
        {{ read_as('ordered_at', 'timestamp') }} as typed_ordered_at,
        {{ read_as('refunded_at', 'timestamp') }} as typed_refunded_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_orders

),

checked_orders as (

    select
        -- ids
        order_id,
        user_id,
        session_id,

        -- text
        lower(status) as status,

        -- numbers
        typed_gross_amount as gross_amount,
        typed_discount_amount as discount_amount,

        -- times
        typed_ordered_at as ordered_at,
        typed_refunded_at as refunded_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        order_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('order_id') }},
            {{ missing('ordered_at') }},
            {{ unreadable('ordered_at') }},
            {{ in_future('ordered_at') }},
            {{ missing('gross_amount') }},
            {{ unreadable('gross_amount') }},
            {{ unreadable('discount_amount') }},
            case
                when
                    typed_discount_amount < 0
                    or typed_discount_amount > greatest(typed_gross_amount, 0)
                    then 'discount_amount_out_of_range'
            end,
            {{ missing('status') }},
            case
                when lower(status) not in ('paid', 'refunded', 'cancelled') then 'status_unknown'
            end,
            {{ unreadable('refunded_at') }},
            {{ in_future('refunded_at') }},
            case
                when typed_refunded_at < typed_ordered_at then 'refunded_at_before_ordered_at'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_orders

)

{{ latest_per_key('checked_orders', batches) }}
