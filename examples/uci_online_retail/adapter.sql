-- UCI Online Retail as raw tables of the source `product`: orders and order_lines.
--
-- Variables, set by adapt.py:
--   source_file   online_retail.parquet, one row per invoice line, every column text
--   raw_path      folder whose subfolder `product` gets the files
--
-- Every line of the source becomes one row of order_lines. The README says what each choice means.

create or replace temp view source_lines as
select
    InvoiceNo as order_id,
    StockCode as course_id,
    Quantity as quantity,
    UnitPrice as unit_price,
    -- the source stores customer 17850 as 17850.0
    split_part(CustomerID, '.', 1) as user_id,
    InvoiceDate as invoiced_at,
    -- an amount that cannot be read stops here instead of shrinking its invoice
    cast(Quantity as integer) * cast(UnitPrice as decimal(18, 3)) as line_amount,
    -- by content and not by place in the file; lines that are equal in all of it are interchangeable
    row_number() over (
        partition by InvoiceNo
        order by StockCode, Description, Quantity, UnitPrice, InvoiceDate
    ) as line_id
from read_parquet(getvariable('source_file'));

create or replace temp view orders as
select
    order_id,
    -- an invoice has one customer, or none
    max(user_id) as user_id,
    -- 43 invoices were written across a minute boundary and carry two times
    min(invoiced_at) as ordered_at,
    -- negative for a cancelled invoice (C...): a credit note of the raw contract
    sum(line_amount) as gross_amount,
    'paid' as status
from source_lines
group by order_id;

create or replace temp view order_lines as
select
    order_id,
    line_id,
    course_id,
    quantity,
    unit_price,
    line_amount
from source_lines;

copy (select * from orders order by order_id)
to (getvariable('raw_path') || '/product/orders.parquet') (format parquet);

copy (select * from order_lines order by order_id, line_id)
to (getvariable('raw_path') || '/product/order_lines.parquet') (format parquet);
