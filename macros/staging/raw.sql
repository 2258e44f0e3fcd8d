{#- One raw table of the contract, the same columns as text wherever it comes from.

    The only way to raw rows, and used only in staging and its tests. It hides where they are
    (committed seeds, files below `raw_path`, tables in `raw_schema`), what is declared absent, and
    how an empty value was written.

    source_name: a source of the raw contract
    table_name: one of its tables
    only: the one column that is wanted, every column and `raw_row_hash` where it is none
    returns: a select statement, laid out for a CTE: every contract column as text, trimmed, empty
        text as null; and `raw_row_hash`, the md5 of the row without its personal columns
    example: raw('product', 'orders') ->
        select nullif(trim(cast(order_id as string)), '') as order_id, ... from raw.orders -#}
{%- macro raw(source_name, table_name, only=none) -%}
{%- set relation = _raw_relation(source_name, table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set table = raw_contract(source_name, table_name) -%}
    select
        {%- for column in table.columns if only in (none, column.name) %}
        {{ _raw_column(column, table) }}
            as {{ column.name }}{{ ',' if not only }}
        {%- endfor %}
        {%- if not only %}
        md5(concat_ws(
            chr(31)
            {%- for column in table.columns if not column.personal %},
            coalesce({{ _raw_column(column, table) }}, '')
            {%- endfor %}
        )) as raw_row_hash
        {%- endif %}
    {%- if not table.absent %}
    from {{ relation }}
    {%- if table.kind == 'event' and var('sample_days') | int > 0 %}
    {{ _sample_filter(relation, table, var('sample_days') | int) }}
    {%- endif %}
    {%- else %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}

{#- Where the rows are; every mode depends on the declared source, so that lineage ends there. -#}
{%- macro _raw_relation(source_name, table_name) -%}
    {%- set declared_source = source(source_name, table_name) -%}
    {%- if var('raw_path', '') -%}
        {%- set path = var('raw_path') ~ '/' ~ source_name ~ '/' ~ table_name -%}
        {%- if execute and not raw_contract(source_name, table_name).absent -%}
            {{ return(raw_file(path)) }}
        {%- endif -%}
    {%- elif not var('raw_schema', {}) -%}
        {{ return(ref('raw_' ~ source_name ~ '__' ~ table_name)) }}
    {%- endif -%}
    {{ return(declared_source) }}
{%- endmacro -%}

{%- macro _raw_column(column, table) -%}
    {%- if not column.absent -%}
        {{ _raw_text(column.name) }}
    {%- elif column.name == 'loaded_at' and not table.absent -%}
        {{ _loaded_at_fallback(table) }}
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro -%}

{#- The latest of the row's own times; an unreadable one does not count. -#}
{%- macro _loaded_at_fallback(table) -%}
    {%- set times = ["timestamp '1970-01-01 00:00:00'"] -%}
    {%- for column in table.columns
        if column.name in table.loaded_at_fallback and not column.absent -%}
        {%- do times.append(read_as(_raw_text(column.name), 'timestamp')) -%}
    {%- endfor -%}
    cast(greatest({{ times | join(', ') }}) as string)
{%- endmacro -%}

{%- macro _raw_text(column_name) -%}
    nullif(trim(cast({{ column_name }} as string)), '')
{%- endmacro -%}

{#- The development sample: the last days before the table's own last load. -#}
{%- macro _sample_filter(relation, table, days) -%}
    {%- set loaded_at = table.columns | selectattr('name', 'equalto', 'loaded_at') | first -%}
    {%- set loaded_date = read_as(_raw_column(loaded_at, table), 'date') -%}
    where
        {{ loaded_date }} > (
            select {{ add_days('max(' ~ loaded_date | indent(4) ~ ')', -days) }}
            from {{ relation }}
        )
{%- endmacro -%}
