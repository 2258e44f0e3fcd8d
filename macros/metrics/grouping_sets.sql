{#- Sets that share columns and differ in one.

    columns: names of columns that every set has
    others: names of columns of which a set has one; `total` stands for none
    returns: what stands below `group by` in a CTE
    example: grouping_sets(['date_day'], ['total', 'country']) ->
        grouping sets ((date_day), (date_day, country)) -#}
{%- macro grouping_sets(columns, others) -%}
        grouping sets (
            {%- for other in others %}
            {%- set names = columns + ([other] if other != 'total' else []) %}
            {%- set is_long = names | join(', ') | length > 84 %}
            ({{ '\n                ' if is_long -}}
            {{ names | join(',\n                ' if is_long else ', ') }}
            {{- '\n            ' if is_long }})
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro -%}
