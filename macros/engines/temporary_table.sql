{#- The rows of a query, kept for the model that is being built.

    What reads them knows how many they are. DuckDB takes a filter on text for a fifth of the table,
    and then joins the wrong way round: 13 million rows of 16 columns in memory, to find 37,000.

    name: a name that the model uses once
    query: a select statement, run now
    returns: the table's name -#}
{%- macro temporary_table(name, query) -%}
    {{ return(adapter.dispatch('temporary_table', 'groundwork')(name, query)) }}
{%- endmacro -%}

{%- macro duckdb__temporary_table(name, query) -%}
    {%- do run_query('create or replace temporary table ' ~ name ~ ' as\n' ~ query) -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro spark__temporary_table(name, query) -%}
    {%- do run_query('create or replace temporary view ' ~ name ~ ' as\n' ~ query) -%}
    {{ return(name) }}
{%- endmacro -%}
