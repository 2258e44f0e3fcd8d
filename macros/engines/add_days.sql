{#- A date some days later; earlier with a negative number.

    date: an expression of type date
    days: an integer or an integer expression
    returns: an expression of type date
    example: add_days("date '2026-01-31'", 1) -> 2026-02-01 -#}
{%- macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'groundwork')(date, days)) }}
{%- endmacro -%}

{%- macro duckdb__add_days(date, days) -%}
    cast({{ date }} + cast({{ days }} as integer) as date)
{%- endmacro -%}

{%- macro spark__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro -%}
