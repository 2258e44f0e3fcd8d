{#- The files of a table of the history (GROUNDWORK_HISTORY_PATH, else warehouse/history).

    table_name: a table of the source `history`
    types: its declared columns, {name: type}
    returns: a dict with relation (what stands behind `from`; none where there is no file) and
        columns (names of those columns that the files have)
    example: history_files('invocations', types) ->
        read_parquet('warehouse/history/invocations/*.parquet', union_by_name = true) -#}
{%- macro history_files(table_name, types) -%}
    {%- set path = env_var('GROUNDWORK_HISTORY_PATH', 'warehouse/history') ~ '/' ~ table_name -%}
    {%- if not path.startswith('/') -%}
        {%- set path = invocation_args_dict['project_dir'] ~ '/' ~ path -%}
    {%- endif -%}
    {{ return(adapter.dispatch('history_files', 'groundwork')(table_name, types, path)) }}
{%- endmacro -%}

{%- macro duckdb__history_files(table_name, types, path) -%}
    {%- set files = "'" ~ path ~ "/*.parquet'" -%}
    {%- if not run_query('select file from glob(' ~ files ~ ') limit 1').rows -%}
        {{ return({'relation': none, 'columns': []}) }}
    {%- endif -%}
    {%- set relation = 'read_parquet(' ~ files ~ ', union_by_name = true)' -%}
    {{ return({
        'relation': relation,
        'columns': run_query('select * from ' ~ relation ~ ' limit 0').column_names | list,
    }) }}
{%- endmacro -%}

{#- Spark refuses to read a folder that is not there, and takes the columns from one of its files; a
    table that is declared on the folder has all columns, and no rows where there is no file. -#}
{%- macro spark__history_files(table_name, types, path) -%}
    {%- set columns = [] -%}
    {%- for name, data_type in types.items() -%}
        {%- do columns.append(name ~ ' ' ~ data_type) -%}
    {%- endfor -%}
    {%- do run_query('create schema if not exists history') -%}
    {%- do run_query('drop table if exists history.' ~ table_name) -%}
    {%- do run_query(
        'create table history.' ~ table_name ~ ' (' ~ columns | join(', ') ~ ') using parquet'
        ~ " location '" ~ path ~ "'"
    ) -%}
    {{ return({'relation': 'history.' ~ table_name, 'columns': types | list}) }}
{%- endmacro -%}
