-- Stands in for the database that a company already has: its own names, cents instead of decimals,
-- times with an offset, states of its own, and nothing that says when a row was loaded.
attach 'warehouse/shop.duckdb' as shop;  -- noqa: PRS

create or replace table shop.purchases (
    id integer,
    customer_id integer,
    placed_at timestamp with time zone,
    total_cents integer,
    state text
);

insert into shop.purchases
values
(1001, 501, '2025-03-03 09:15:00+01', 4900, 'complete'),
(1002, 502, '2025-03-03 18:40:00+01', 1250, 'complete'),
(1003, null, '2025-03-11 12:05:00+01', 7900, 'complete'),
(1004, 503, '2025-03-19 20:30:00+01', 4900, 'complete'),
(1005, 501, '2025-04-01 00:30:00+02', 2900, 'complete'),
(1006, 504, '2025-04-07 08:55:00+02', 1250, 'void'),
(1007, 505, '2025-04-09 16:20:00+02', null, 'complete'),
(1008, 506, '2025-04-22 21:45:00+02', 3300, 'on hold'),
(1009, 508, '2025-05-01 11:10:00+02', 9900, 'returned'),
(1010, 507, '2025-05-02 14:00:00+02', 4900, 'complete');

select
    state,
    count(*) as purchases,
    sum(total_cents) as total_cents
from shop.purchases
group by state
order by state;
