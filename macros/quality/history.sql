{#- The rows of a table of the history: what earlier runs recorded.

    The only way to the history, and used only in staging. Its columns are those that the source
    `history` declares; one that a file of an earlier version does not have is null there. No rows
    where nothing was recorded yet.

    table_name: a table of the source `history`
    returns: a select statement, laid out for a CTE
    example: history('invocations') -> select cast(invocation_id as string) as invocation_id, ...
        from read_parquet('warehouse/history/invocations/*.parquet', union_by_name = true) -#}
{%- macro history(table_name) -%}
{%- set declared_source = source('history', table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set types = {} -%}
{%- for column in graph.sources['source.groundwork.history.' ~ table_name].columns.values() -%}
    {%- do types.update({column.name: _history_type(column)}) -%}
{%- endfor -%}
{%- set files = history_files(table_name, types) -%}
    select
        {%- for name, data_type in types.items() %}
        cast({{ name if name in files.columns else 'null' }} as {{ data_type }}) as {{ name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    {%- if files.relation %}
    from {{ files.relation }}
    {%- else %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}

{#- The type of a declared column as both engines write it. -#}
{%- macro _history_type(column) -%}
    {%- set types = {
        'text': 'string', 'timestamp': 'timestamp', 'date': 'date', 'integer': 'bigint',
        'double': 'double', 'boolean': 'boolean',
    } -%}
    {%- if column.data_type not in types -%}
        {{ exceptions.raise_compiler_error(
            'history.' ~ column.name ~ ": the data_type '" ~ column.data_type
            ~ "' is not known; use one of " ~ types | join(', ')
        ) }}
    {%- endif -%}
    {{ return(types[column.data_type]) }}
{%- endmacro -%}
