with raw_orders as (

    {{ raw('product', 'orders') }}

),

typed_orders as (

    select
        -- ids
        order_id,
        user_id,
        session_id,

        -- text
        lower(status) as status,

        -- numbers
        {{ read_as('gross_amount', 'decimal') }} as gross_amount,
        {{ read_as('discount_amount', 'decimal') }} as discount_amount,

        -- times
        {{ read_as('ordered_at', 'timestamp') }} as ordered_at,
        {{ read_as('refunded_at', 'timestamp') }} as refunded_at,
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        order_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('order_id') }},
            {{ missing('ordered_at') }},
            {{ unreadable('ordered_at', 'timestamp') }},
            {{ in_future('ordered_at') }},
            {{ missing('gross_amount') }},
            {{ unreadable('gross_amount', 'decimal') }},
            {{ unreadable('discount_amount', 'decimal') }},
            case
                when
                    {{ read_as('discount_amount', 'decimal') }} < 0
                    or {{ read_as('discount_amount', 'decimal') }}
                    > greatest({{ read_as('gross_amount', 'decimal') }}, 0)
                    then 'discount_amount_out_of_range'
            end,
            {{ missing('status') }},
            case
                when lower(status) not in ('paid', 'refunded', 'cancelled') then 'status_unknown'
            end,
            {{ unreadable('refunded_at', 'timestamp') }},
            {{ in_future('refunded_at') }},
            case
                when
                    {{ read_as('refunded_at', 'timestamp') }}
                    < {{ read_as('ordered_at', 'timestamp') }}
                    then 'refunded_at_before_ordered_at'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_orders

)

{{ latest_per_key('typed_orders') }}
