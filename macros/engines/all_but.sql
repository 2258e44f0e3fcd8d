{#- The columns of a CTE without some of them, for the beginning of a select list.

    columns: names of columns that it has
    returns: a star with what it leaves out
    example: all_but(['a', 'b']) -> * exclude (a, b); on Spark: * except (a, b) -#}
{%- macro all_but(columns) -%}
    {%- set lines = [] -%}
    {%- for line in columns | batch(3) -%}{%- do lines.append(line | join(', ')) -%}{%- endfor -%}
    {{ return(adapter.dispatch('all_but', 'groundwork')(lines | join(',\n            '))) }}
{%- endmacro -%}

{%- macro duckdb__all_but(columns) -%}
* exclude (
            {{ columns }}
        )
{%- endmacro -%}

{%- macro spark__all_but(columns) -%}
* except (
            {{ columns }}
        )
{%- endmacro -%}
