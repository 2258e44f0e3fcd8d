{#- The load batches of a raw table that are not as the base model has them.

    A batch is what has one day of `loaded_at`. Every value of every raw row counts, so it does not
    matter when a batch came, in which order, or whether it changed after it was read.

    source_name, table_name: the table of the raw contract
    returns: a list of batches as text; none where the base model is built from nothing -#}
{%- macro changed_batches(source_name, table_name) -%}
    {%- if not adds_to_table() -%}{{ return(none) }}{%- endif -%}
    {%- set table = raw_contract(source_name, table_name) -%}
    {%- set query -%}
with raw_loads as (

    -- a load has one time for many rows, which is read once
    select
        {{ _raw_loaded_at(table) }} as loaded_at,
        {{ exact_sum(_raw_print(table)) }} as load_print,
        count(*) as row_count
    {{ _raw_rows(_raw_relation(source_name, table_name), table) }}
    group by {{ _raw_loaded_at(table) }}

),

raw_batches as (

    select
        {{ _day_of_load('loaded_at') }} as load_batch,
        {{ exact_sum('load_print') }} as batch_print,
        sum(row_count) as row_count
    from raw_loads
    group by {{ _day_of_load('loaded_at') }}

),

kept_batches as (

    select
        load_batch,
        {{ exact_sum('raw_print') }} as batch_print,
        count(*) as row_count
    from {{ this }}
    where load_batch is not null
    group by load_batch

)

select coalesce(raw_batches.load_batch, kept_batches.load_batch) as load_batch
from raw_batches
full join kept_batches on raw_batches.load_batch = kept_batches.load_batch
where
    raw_batches.batch_print is distinct from kept_batches.batch_print
    or raw_batches.row_count is distinct from kept_batches.row_count
order by load_batch
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro -%}
