-- UCI Online Retail as raw tables of the source `product`: the views orders and order_lines, which
-- adapt.py writes to files. The variable source_file is online_retail.parquet: one row per invoice
-- line, every column text.
--
-- Every line of the source becomes one row of order_lines. The README says what each choice means.

create or replace temp view source_lines as
select
    invoiceno as order_id,
    stockcode as course_id,
    invoicedate as invoiced_at,
    -- the source stores customer 17850 as 17850.0
    split_part(customerid, '.', 1) as user_id,
    -- a number that cannot be read stops here instead of shrinking its invoice
    cast(quantity as integer) as quantity,
    cast(unitprice as decimal(18, 3)) as unit_price,
    -- by content, not by place in the file: lines that share all of it are interchangeable
    row_number() over (
        partition by invoiceno
        order by stockcode, description, quantity, unitprice, invoicedate
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
    sum(quantity * unit_price) as gross_amount,
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
    quantity * unit_price as line_amount
from source_lines;
