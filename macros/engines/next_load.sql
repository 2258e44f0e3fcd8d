{#- The number of this load: one more than the greatest that any base model has.

    Loads are numbered over all tables, so that a table with several inputs can tell by one number
    what it has seen of all of them.

    returns: an integer, from 1; 1 where the engine writes every table anew -#}
{%- macro next_load() -%}
    {%- if not execute -%}{{ return(1) }}{%- endif -%}
    {{ return(adapter.dispatch('next_load', 'groundwork')()) }}
{%- endmacro -%}

{%- macro duckdb__next_load() -%}
    {%- set selects = [] -%}
    {%- for node in (graph.nodes | default({})).values() if node.name.startswith('base_') -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation
            and 'load_number' in adapter.get_columns_in_relation(relation) | map(attribute='name') -%}
            {%- do selects.append('select max(load_number) as load_number from ' ~ relation) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not selects -%}{{ return(1) }}{%- endif -%}
    {%- set query = 'select max(load_number) from (' ~ selects | join(' union all ') ~ ') as loads' -%}
    {{ return((run_query(query).columns[0].values()[0] or 0) | int + 1) }}
{%- endmacro -%}

{%- macro spark__next_load() -%}
    {{ return(1) }}
{%- endmacro -%}
