{#- The first day after a period.

    grain: an expression: 'day', 'week' or 'month'
    period_start: an expression of type date
    returns: an expression of type date, laid out for a select list in a CTE
    example: period_end("'month'", "date '2026-01-01'") -> 2026-02-01 -#}
{%- macro period_end(grain, period_start) -%}
        case {{ grain }}
            when 'day' then {{ add_days(period_start, 1) }}
            when 'week' then {{ add_days(period_start, 7) }}
            else {{ add_months(period_start, 1) }}
        end
{%- endmacro -%}
