{#- All measures side by side: a column per measure that a metric is made of.

    measure_values: relations in the shape of `measure_values`
    returns: a select statement: grain, period_start, dimension_name, dimension_value, and a column
        of type double per measure -#}
{%- macro pivot_measures(measure_values) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set names = [] -%}
{%- for metric in metric_definitions() -%}
    {%- do names.extend(metric.measures | map(attribute='name')) -%}
{%- endfor -%}
with measure_rows as (
{% for relation in measure_values %}
    select
        measure_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        measure_value
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

)

select
    grain,
    period_start,
    dimension_name,
    {%- for name in names | unique %}
    max(case
        when measure_name = '{{ name }}' then measure_value
    end) as {{ name }},
    {%- endfor %}
    dimension_value
from measure_rows
group by grain, period_start, dimension_name, dimension_value
{%- endmacro -%}
