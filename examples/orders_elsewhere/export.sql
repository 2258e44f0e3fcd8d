-- The shop's purchases as the raw table product.orders.
-- With Postgres this statement alone is another: see docs/bring_your_own_data.md.
attach 'warehouse/shop.duckdb' as shop (read_only);  -- noqa: PRS

copy (
    select
        id as order_id,
        customer_id as user_id,
        placed_at at time zone 'UTC' as ordered_at,
        total_cents / 100 as gross_amount,
        -- a state that nobody has mapped yet goes through as it is: staging sets it aside by name
        case state
            when 'complete' then 'paid'
            when 'returned' then 'refunded'
            when 'void' then 'cancelled'
            else state
        end as status
    from shop.purchases
) to 'warehouse/shop_raw/product/orders.parquet' (format parquet);

select *
from 'warehouse/shop_raw/product/orders.parquet'
order by order_id;
