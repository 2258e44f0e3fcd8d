{#- The first day of the period that a day belongs to.

    grain: an expression: 'day', 'week' (from Monday) or 'month'
    date_day: an expression of type date
    returns: an expression of type date, laid out for a select list in a CTE
    example: period_start("'week'", "date '2026-01-01'") -> 2025-12-29 -#}
{%- macro period_start(grain, date_day) -%}
        cast(
            case {{ grain }}
                when 'day' then {{ date_day }}
                when 'week' then {{ dbt.date_trunc('week', date_day) }}
                else {{ dbt.date_trunc('month', date_day) }}
            end as date
        )
{%- endmacro -%}
