{#- A whole number of 38 digits, whose sums and products are exact and never wrap.

    What does not fit any more is an error on DuckDB; on Spark it is null, which `exact_sum` and
    `exact_product` make an error.

    expression: a numeric expression without a fraction
    returns: an expression of type hugeint or decimal(38, 0)
    example: exact_integer('12.0e0') -> 12 -#}
{%- macro exact_integer(expression) -%}
    {{ return(adapter.dispatch('exact_integer', 'groundwork')(expression)) }}
{%- endmacro -%}

{%- macro duckdb__exact_integer(expression) -%}
cast({{ expression }} as hugeint)
{%- endmacro -%}

{%- macro spark__exact_integer(expression) -%}
cast({{ expression }} as decimal(38, 0))
{%- endmacro -%}
