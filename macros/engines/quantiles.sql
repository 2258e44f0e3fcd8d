{#- Several quantiles of a group, interpolated between neighbours; nulls do not count.

    expression: a numeric expression
    quantiles: numbers from 0 to 1
    returns: an aggregate expression, a list of doubles, see `list_item`
    example: quantiles('amount', [0.25, 0.5]) over 1, 2, 3 and 4 -> [1.75, 2.5] -#}
{%- macro quantiles(expression, quantiles) -%}
    {{ return(adapter.dispatch('quantiles', 'groundwork')(expression, quantiles)) }}
{%- endmacro -%}

{%- macro duckdb__quantiles(expression, quantiles) -%}
quantile_cont({{ expression }}, [{{ quantiles | join(', ') }}])
{%- endmacro -%}

{%- macro spark__quantiles(expression, quantiles) -%}
percentile({{ expression }}, array({{ quantiles | join(', ') }}))
{%- endmacro -%}
