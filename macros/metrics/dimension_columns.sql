{#- The columns that say which dimension a row of `grouping_sets` belongs to, and its value.

    dimensions: names of the dimensions, none of which is ever null in the rows
    returns: dimension_name, dimension_value for a select list, with a comma behind the last -#}
{%- macro dimension_columns(dimensions) -%}
        {%- if dimensions -%}
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
        {%- else -%}
        'total' as dimension_name,
        'total' as dimension_value,
        {%- endif %}
{%- endmacro -%}
