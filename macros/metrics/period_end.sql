{#- The first day after a period.

    grain: an expression: 'day', 'week' or 'month'
    period_start: an expression of type date
    returns: an expression of type date
    example: period_end("'month'", "date '2026-01-01'") -> 2026-02-01 -#}
{%- macro period_end(grain, period_start) -%}
    cast(
        case {{ grain }}
            when 'day' then {{ dbt.dateadd('day', 1, period_start) }}
            when 'week' then {{ dbt.dateadd('day', 7, period_start) }}
            else {{ dbt.dateadd('month', 1, period_start) }}
        end as date
    )
{%- endmacro -%}
