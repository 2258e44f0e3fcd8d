{#- Puts measures together into metrics: one short select per metric.

    measure_values: relations in the shape of `measure_values`
    as_of: relation with the column as_of_date, the exclusive end of the data
    time_spine: relation with the column date_day
    returns: a select statement in the shape of the model `metric_values` -#}
{%- macro metric_values(measure_values, as_of, time_spine) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set definitions = metric_definitions() -%}
{%- set measures = {} -%}
{%- for metric in definitions -%}
    {%- for measure in metric.measures -%}
        {%- do measures.update({measure.name: measure}) -%}
    {%- endfor -%}
{%- endfor -%}
with covered as (

    select
        min(time_spine.date_day) as first_date,
        max(as_of.as_of_date) as as_of_date
    from {{ as_of }} as as_of
    left join {{ time_spine }} as time_spine on time_spine.date_day < as_of.as_of_date

),

measure_rows as (
    {%- for relation in measure_values %}

    select * from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

measures as (

    select
        grain,
        period_start,
        dimension_name,
        dimension_value,
        {%- for measure in measures.values() %}
        max(case when measure_name = '{{ measure.name }}' then measure_value end)
            as {{ measure.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from measure_rows
    group by grain, period_start, dimension_name, dimension_value

),

metric_rows as (
    {%- for metric in definitions %}

    select
        '{{ metric.name }}' as metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        cast({{ metric.numerator or 'null' }} as double) as numerator,
        cast({{ metric.denominator or 'null' }} as double) as denominator,
        cast({{ metric.expression }} as double) as metric_value,
        {{ metric.window_days if metric.looks_ahead else 0 }} as days_ahead,
        {{ metric.window_days - 1 if metric.window_days and not metric.looks_ahead else 0 }} as days_before
    from measures
    where
        dimension_name in ('total'{% for name in metric.dimensions %}, '{{ name }}'{% endfor %})
        and coalesce({{ metric.measures | map(attribute='name') | join(', ') }}) is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        metric_rows.metric_name,
        metric_rows.grain,
        metric_rows.period_start,
        metric_rows.dimension_name,
        metric_rows.dimension_value,
        metric_rows.numerator,
        metric_rows.denominator,
        metric_rows.metric_value,
        -- whole: the data cover the period, and every day that its window reads
        covered.first_date <= cast({{ dbt.dateadd('day', '-days_before', 'metric_rows.period_start') }} as date)
        and cast({{ dbt.dateadd('day', 'days_ahead', period_end('metric_rows.grain', 'metric_rows.period_start')) }} as date)
        <= covered.as_of_date as is_complete_period
    from metric_rows
    cross join covered

)

select * from final
{%- endmacro -%}
