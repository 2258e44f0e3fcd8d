{#- The whole part of a quotient of exact integers, without a detour by doubles.

    dividend: an expression of an exact integer, 0 or more
    divisor: an expression of an exact integer, above 0; null gives null
    returns: an expression of an exact integer
    example: whole_quotient('7', '2') -> 3 -#}
{%- macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'groundwork')(dividend, divisor)) }}
{%- endmacro -%}

{%- macro duckdb__whole_quotient(dividend, divisor) -%}
divide({{ dividend }}, {{ divisor }})
{%- endmacro -%}

{%- macro spark__whole_quotient(dividend, divisor) -%}
cast(({{ dividend }}) div ({{ divisor }}) as decimal(38, 0))
{%- endmacro -%}
