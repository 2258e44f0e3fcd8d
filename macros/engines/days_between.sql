{#- The dates from the first to the last, one row each.

    first_date, last_date: expressions of type date
    returns: an expression for a select list that makes a row of type date per day
    example: days_between('first_date', 'last_date') -> 2025-01-01, 2025-01-02, ... -#}
{%- macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'groundwork')(first_date, last_date)) }}
{%- endmacro -%}

{%- macro duckdb__days_between(first_date, last_date) -%}
    cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval '1' day)) as date)
{%- endmacro -%}

{%- macro spark__days_between(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval '1' day))
{%- endmacro -%}
