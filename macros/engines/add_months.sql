{#- A date some months later, the last day of a month where the day does not exist; earlier with a
    negative number.

    date: an expression of type date
    months: an integer
    returns: an expression of type date
    example: add_months("date '2026-01-31'", 1) -> 2026-02-28 -#}
{%- macro add_months(date, months) -%}
    cast({{ dbt.dateadd('month', months, date) | trim }} as date)
{%- endmacro -%}
