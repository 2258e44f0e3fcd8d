{#- Boundaries of days or seconds between two dates or timestamps, second less first.

    datepart: day or second
    first, second: expressions of type date or timestamp
    returns: an expression of type bigint
    example: date_difference('day', "date '2026-01-30'", "date '2026-02-01'") -> 2 -#}
{%- macro date_difference(datepart, first, second) -%}
    {%- if datepart not in ('day', 'second') -%}
        {{ exceptions.raise_compiler_error(
            "date_difference: the part '" ~ datepart ~ "' is not known; use day or second"
        ) }}
    {%- endif -%}
    {{ return(adapter.dispatch('date_difference', 'groundwork')(datepart, first, second)) }}
{%- endmacro -%}

{%- macro duckdb__date_difference(datepart, first, second) -%}
    date_diff('{{ datepart }}', {{ first }}, {{ second }})
{%- endmacro -%}

{%- macro spark__date_difference(datepart, first, second) -%}
    {%- if datepart == 'day' -%}
        cast(datediff({{ second }}, {{ first }}) as bigint)
    {%- else -%}
        (
            unix_timestamp(date_trunc('second', {{ second }}))
            - unix_timestamp(date_trunc('second', {{ first }}))
        )
    {%- endif -%}
{%- endmacro -%}
