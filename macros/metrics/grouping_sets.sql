{#- The sets that every measure is computed for: each grain alone and with each dimension.

    dimensions: names of the dimensions
    returns: what stands below `group by` in a CTE, on date_day, date_week, date_month -#}
{%- macro grouping_sets(dimensions) -%}
        grouping sets (
            {%- for grain in ('day', 'week', 'month') %}
            {%- for name in [''] + dimensions %}
            (date_{{ grain }}{{ ', ' ~ name if name }})
            {{- ',' if not (loop.last and grain == 'month') }}
            {%- endfor %}
            {%- endfor %}
        )
{%- endmacro -%}
