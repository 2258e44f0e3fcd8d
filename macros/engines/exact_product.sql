{#- The product of exact integers; one that does not fit is an error, and never null or wrapped.

    factors: expressions of exact integers, not null
    returns: an expression of type hugeint or decimal(38, 0)
    example: exact_product(['a', 'b + c']) with 2, 3 and 4 -> 14 -#}
{%- macro exact_product(factors) -%}
    {{ return(adapter.dispatch('exact_product', 'groundwork')(factors)) }}
{%- endmacro -%}

{%- macro duckdb__exact_product(factors) -%}
({{ factors | join(') * (') }})
{%- endmacro -%}

{%- macro spark__exact_product(factors) -%}
coalesce(
            cast(({{ factors | join(') * (') }}) as decimal(38, 0)),
            cast(raise_error('a product does not fit: choose a larger scale') as decimal(38, 0))
        )
{%- endmacro -%}
