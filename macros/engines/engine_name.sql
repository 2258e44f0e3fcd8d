{#- The engine's name as a text, as runs record it.

    returns: an expression of type text
    example: engine_name() -> 'duckdb' -#}
{%- macro engine_name() -%}
    {{ return(adapter.dispatch('engine_name', 'groundwork')()) }}
{%- endmacro -%}

{%- macro duckdb__engine_name() -%}
'duckdb'
{%- endmacro -%}

{%- macro spark__engine_name() -%}
'spark'
{%- endmacro -%}
