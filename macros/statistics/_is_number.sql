{#- Whether there is a number: neither null nor NaN, which both engines sort above infinity. -#}
{%- macro _is_number(expression) -%}
    {{ expression }} <= cast('infinity' as double)
{%- endmacro -%}
