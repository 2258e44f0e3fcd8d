{#- The columns that say which of the `grouping_sets` a row belongs to.

    dimensions: names of the dimensions, none of which is ever null in the rows
    returns: grain, period_start, dimension_name, dimension_value for a select list, with a comma
        behind the last -#}
{%- macro set_columns(dimensions) -%}
        case
            when date_day is not null then 'day'
            when date_week is not null then 'week'
            else 'month'
        end as grain,
        coalesce(date_day, date_week, date_month) as period_start,
        {%- if dimensions %}
        case
            {%- for name in dimensions %}
            when {{ name }} is not null then '{{ name }}'
            {%- endfor %}
            else 'total'
        end as dimension_name,
        coalesce(
            {%- for name in dimensions %}
            {{ name }},
            {%- endfor %}
            'total'
        ) as dimension_value,
        {%- else %}
        'total' as dimension_name,
        'total' as dimension_value,
        {%- endif %}
{%- endmacro -%}
