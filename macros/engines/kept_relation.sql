{#- What the last build left of a model, where the engine adds to what is there.

    model: name of a model in the schema of the one that asks
    column: a column that it must have, for an earlier version may not
    returns: a relation; none where there is nothing, or everything is built from nothing -#}
{%- macro kept_relation(model, column) -%}
    {%- if not execute or flags.FULL_REFRESH -%}{{ return(none) }}{%- endif -%}
    {{ return(adapter.dispatch('kept_relation', 'groundwork')(model, column)) }}
{%- endmacro -%}

{%- macro duckdb__kept_relation(model, column) -%}
    {%- set relation = adapter.get_relation(
        database=this.database, schema=this.schema, identifier=model
    ) -%}
    {%- if not relation -%}{{ return(none) }}{%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {{ return(relation if column in columns else none) }}
{%- endmacro -%}

{#- Tables of files are written as a whole. -#}
{%- macro spark__kept_relation(model, column) -%}
    {{ return(none) }}
{%- endmacro -%}
