{#- The number of this load: one more than the greatest that any base model has.

    Loads are numbered over all tables, so that a table with several inputs can tell by one number
    what it has seen of all of them.

    returns: an integer, from 1; 1 where the engine writes every table anew -#}
{%- macro next_load() -%}
    {%- if not execute -%}{{ return(1) }}{%- endif -%}
    {{ return(adapter.dispatch('next_load', 'groundwork')()) }}
{%- endmacro -%}

{#- Two queries, however many base models there are: asking for the columns of each would make this
    the dearest part of a small load. They share a schema; what dbt renames there on the way is gone
    in the next moment. -#}
{%- macro duckdb__next_load() -%}
    {%- set tables = run_query(
        "select table_name from duckdb_columns() where database_name = '" ~ this.database
        ~ "' and schema_name = '" ~ this.schema
        ~ "' and starts_with(table_name, 'base_') and not contains(table_name, '__dbt_')"
        ~ " and column_name = 'load_number'"
    ) -%}
    {%- set selects = [] -%}
    {%- for row in tables.rows -%}
        {%- set relation = this.incorporate(path={'identifier': row[0]}) -%}
        {%- do selects.append('select max(load_number) as load_number from ' ~ relation) -%}
    {%- endfor -%}
    {%- if not selects -%}{{ return(1) }}{%- endif -%}
    {%- set query = 'select max(load_number) from (' ~ selects | join(' union all ') ~ ') as loads' -%}
    {{ return((run_query(query).columns[0].values()[0] or 0) | int + 1) }}
{%- endmacro -%}

{%- macro spark__next_load() -%}
    {{ return(1) }}
{%- endmacro -%}
