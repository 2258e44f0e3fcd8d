{#- A quantile over the rows of a window's frame, interpolated between neighbours; nulls do not count.

    expression: a numeric expression
    quantile: a number from 0 to 1
    window: name of a window, which may have a frame
    returns: an expression of type double
    example: quantile_over('amount', 0.5, 'last_week') over 1, null, 2 and 4 -> 2.0 -#}
{%- macro quantile_over(expression, quantile, window) -%}
    {{ return(adapter.dispatch('quantile_over', 'groundwork')(expression, quantile, window)) }}
{%- endmacro -%}

{%- macro duckdb__quantile_over(expression, quantile, window) -%}
    quantile_cont({{ expression }}, {{ quantile }}) over {{ window }}
{%- endmacro -%}

{#- percentile_cont takes no frame -#}
{%- macro spark__quantile_over(expression, quantile, window) -%}
    percentile({{ expression }}, {{ quantile }}) over {{ window }}
{%- endmacro -%}
