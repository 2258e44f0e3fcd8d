{#- A column of a select list in a CTE; a long one has its name on a line of its own. -#}
{%- macro _aliased(expression, name) -%}
    {%- set is_long = expression | length + name | length > 85 -%}
        {{ expression }}{{ '\n            ' if is_long else ' ' }}as {{ name }}
{%- endmacro -%}
