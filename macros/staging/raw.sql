{#- One raw table of the contract, the same columns as text wherever it comes from.

    The only way to raw rows, and used only in staging and its tests. It hides where they are
    (committed seeds, files below `raw_path`, tables in `raw_schema`), what is declared absent, and
    how an empty value was written.

    source_name: a source of the raw contract
    table_name: one of its tables
    batches: the load batches to read, as `changed_batches` gives them; none for all
    prints: name of a CTE with the raw_print of the rows to read; none for all
    returns: a select statement, laid out for a CTE: every contract column as text, trimmed, empty
        text as null; `raw_row_hash`, the md5 of the row without its personal columns; `raw_print`,
        a number that changes with the row; and `load_batch`, the day of loaded_at as it is written
    example: raw('product', 'orders') ->
        select nullif(trim(cast(order_id as string)), '') as order_id, ... from raw.orders -#}
{%- macro raw(source_name, table_name, batches=none, prints=none) -%}
{%- set relation = _raw_relation(source_name, table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set table = raw_contract(source_name, table_name) -%}
    select
        {%- for column in table.columns %}
        {{ _raw_column(column, table) }}
            as {{ column.name }},
        {%- endfor %}
        md5(concat_ws(
            chr(31)
            {%- for column in table.columns if not column.personal %},
            coalesce({{ _raw_column(column, table) }}, '')
            {%- endfor %}
        )) as raw_row_hash,
        {{ _raw_print(table) }} as raw_print,
        {{ _load_batch(table) }} as load_batch
    {{ _raw_rows(relation, table, batches, prints) }}
{%- endmacro -%}

{#- From which relation, and which of its rows; those of batches are set aside first. -#}
{%- macro _raw_rows(relation, table, batches=none, prints=none) -%}
    {%- if table.absent -%}{{ return('where 1 = 0') }}{%- endif -%}
    {%- if batches == [] -%}{{ return(_from_where(relation, ['1 = 0'])) }}{%- endif -%}
    {%- set conditions = [] -%}
    {%- if prints -%}
        {%- do conditions.append(
            _raw_print(table) ~ ' in (select wanted.raw_print from ' ~ prints ~ ' as wanted)'
        ) -%}
    {%- endif -%}
    {%- if batches is not none -%}
        {%- set query -%}
select
    {%- for column in table.columns if not column.absent %}
    {{ _not_personal(column) }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
where {{ (_in_sample(relation, table) + [_in_batches(relation, table, batches)]) | join(' and ') }}
        {%- endset -%}
        {%- set name = 'loaded_' ~ table.path | replace('.', '__') -%}
        {{ return(_from_where(temporary_table(name, query), conditions)) }}
    {%- endif -%}
    {{ return(_from_where(relation, _in_sample(relation, table) + conditions)) }}
{%- endmacro -%}

{#- What is set aside may be written to a disk: of a personal column only whether it is there. -#}
{%- macro _not_personal(column) -%}
    {%- if column.personal -%}
    case
        when {{ _raw_text(column.name) }} is not null then '(personal)'
        else left(cast({{ column.name }} as string), 0)
    end as {{ column.name }}
    {%- else -%}
    {{ column.name }}
    {%- endif -%}
{%- endmacro -%}

{%- macro _from_where(relation, conditions) -%}
    from {{ relation }}
    {%- if conditions %}
    where
        {{ conditions | join('\n        and ') }}
    {%- endif %}
{%- endmacro -%}

{#- The day of loaded_at as it is written, '' where there is none: what comes and changes together. -#}
{%- macro _load_batch(table) -%}
{{ _day_of_load(_raw_loaded_at(table)) }}
{%- endmacro -%}

{%- macro _day_of_load(loaded_at) -%}
    coalesce(left({{ loaded_at }}, 10), '')
{%- endmacro -%}

{%- macro _raw_loaded_at(table) -%}
{{ _raw_column(table.columns | selectattr('name', 'equalto', 'loaded_at') | first, table) }}
{%- endmacro -%}

{#- Of a personal column it only counts whether it is there. -#}
{%- macro _raw_print(table) -%}
    {%- set values = [] -%}
    {%- for column in table.columns if not (column.absent or table.absent) -%}
        {%- do values.append(
            column.name ~ ' is null' if column.personal else column.name
        ) -%}
    {%- endfor -%}
    {{ values_print(values or ['1']) }}
{%- endmacro -%}

{#- The rows of load batches, and from when to when they were loaded, which an engine that keeps the
    least and the greatest value of its blocks need not read the others for. -#}
{%- macro _in_batches(relation, table, batches) -%}
    {%- set is_loaded_in = _load_batch(table) ~ ' in ' ~ _quoted_list(batches) -%}
    {%- set loaded_at = table.columns | selectattr('name', 'equalto', 'loaded_at') | first -%}
    {%- if loaded_at.absent or '' in batches -%}{{ return(is_loaded_in) }}{%- endif -%}
    {%- set query -%}
select
    cast(min(loaded_at) as string) as first_load,
    cast(max(loaded_at) as string) as last_load
from {{ relation }}
where {{ is_loaded_in }}
group by {{ _load_batch(table) }}
    {%- endset -%}
    {%- set spans = [] -%}
    {%- for span in run_query(query).rows -%}
        {%- do spans.append(
            'loaded_at between ' ~ _quoted(span[0]) ~ ' and ' ~ _quoted(span[1])
        ) -%}
    {%- endfor -%}
    {%- if not spans or spans | length > 20 -%}{{ return(is_loaded_in) }}{%- endif -%}
    {{ return(
        is_loaded_in
        ~ '\n        and (\n            ' ~ spans | join('\n            or ') ~ '\n        )'
    ) }}
{%- endmacro -%}

{%- macro _quoted_list(texts) -%}
(
            {%- for text in texts %}
            {{ _quoted(text) }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro -%}

{%- macro _quoted(text) -%}
'{{ dbt.escape_single_quotes(text) }}'
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

{#- The development sample, as a list of conditions: the last days before the table's own last load. -#}
{%- macro _in_sample(relation, table) -%}
    {%- set days = var('sample_days') | int -%}
    {%- if table.kind != 'event' or days == 0 -%}{{ return([]) }}{%- endif -%}
    {%- set loaded_date = read_as(_raw_loaded_at(table), 'date') -%}
    {%- set condition -%}
    {{ loaded_date }} > (
            select {{ add_days('max(' ~ loaded_date | indent(4) ~ ')', -days) }}
            from {{ relation }}
        )
    {%- endset -%}
    {{ return([condition]) }}
{%- endmacro -%}
