{#- The sum of whole numbers as an exact integer; one that does not fit is an error.

    expression: an expression of type bigint, or as `exact_integer` gives it
    returns: an aggregate expression of type hugeint or decimal(38, 0)
    example: exact_sum('units') over 1, 2 and 3 -> 6 -#}
{%- macro exact_sum(expression) -%}
    {{ return(adapter.dispatch('exact_sum', 'groundwork')(expression)) }}
{%- endmacro -%}

{%- macro duckdb__exact_sum(expression) -%}
cast(sum({{ expression }}) as hugeint)
{%- endmacro -%}

{%- macro spark__exact_sum(expression) -%}
case
            when count({{ expression }}) > 0 and sum(cast({{ expression }} as decimal(38, 0))) is null
                then cast(raise_error('a sum does not fit: choose a larger scale') as decimal(38, 0))
            else cast(sum(cast({{ expression }} as decimal(38, 0))) as decimal(38, 0))
        end
{%- endmacro -%}
