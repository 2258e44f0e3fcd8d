{#- The columns that say which period a row of `grouping_sets` belongs to.

    returns: grain, period_start for a select list on date_day, date_week, date_month, with a comma
        behind the last -#}
{%- macro period_columns() -%}
        case
            when date_day is not null then 'day'
            when date_week is not null then 'week'
            else 'month'
        end as grain,
        coalesce(date_day, date_week, date_month) as period_start,
{%- endmacro -%}

{%- macro _periods() -%}
    {{ return(['date_day', 'date_week', 'date_month']) }}
{%- endmacro -%}
