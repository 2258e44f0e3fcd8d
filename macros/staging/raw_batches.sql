{#- How many rows of a raw table each day's loads delivered, rejected ones as well.

    source_name, table_name: the table of the raw contract
    returns: a select statement, laid out for a CTE: source_name, table_name, load_date (UTC; null
        where loaded_at cannot be read), raw_count -#}
{%- macro raw_batches(source_name, table_name) -%}
    with raw_rows as (

        {{ raw(source_name, table_name, 'loaded_at') | indent(4) }}

    ),

    dated_rows as (

        select
            {{ read_as('loaded_at', 'date') | indent(4) }} as load_date
        from raw_rows

    )

    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        load_date,
        count(*) as raw_count
    from dated_rows
    group by load_date
{%- endmacro -%}
