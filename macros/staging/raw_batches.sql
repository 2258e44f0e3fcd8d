{#- How many rows of a raw table each day's loads delivered, rejected ones as well.

    source_name, table_name: the table of the raw contract
    returns: a select statement, laid out for a CTE: source_name, table_name, load_date (UTC; null
        where loaded_at cannot be read), raw_count -#}
{%- macro raw_batches(source_name, table_name) -%}
    with raw_rows as (

        {{ raw(source_name, table_name) | indent(4) }}

    ),

    -- a load has one time for many rows, which is read once
    loads as (

        select
            loaded_at,
            count(*) as row_count
        from raw_rows
        group by loaded_at

    ),

    dated_loads as (

        select
            {{ read_as('loaded_at', 'date') | indent(4) }} as load_date,
            row_count
        from loads

    )

    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        load_date,
        cast(sum(row_count) as bigint) as raw_count
    from dated_loads
    group by load_date
{%- endmacro -%}
