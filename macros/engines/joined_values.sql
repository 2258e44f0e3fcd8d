{#- The distinct values of a group as one text, sorted by their bytes; nulls do not count.

    expression: an expression of type text
    separator: an expression of type text: what stands between the values
    returns: an aggregate expression of type text, null where there is no value
    example: joined_values('department', "', '") over sales, finance and sales -> finance, sales -#}
{%- macro joined_values(expression, separator) -%}
    {{ return(adapter.dispatch('joined_values', 'groundwork')(expression, separator)) }}
{%- endmacro -%}

{%- macro duckdb__joined_values(expression, separator) -%}
string_agg(distinct {{ expression }}, {{ separator }} order by {{ expression }})
{%- endmacro -%}

{%- macro spark__joined_values(expression, separator) -%}
nullif(array_join(sort_array(collect_set({{ expression }})), {{ separator }}), '')
{%- endmacro -%}
