{#- Puts measures together into metrics: one short select per metric.

    measures: relation in the shape of `pivot_measures`
    as_of: relation with the column as_of_date, the exclusive end of the data
    time_spine: relation with the column date_day
    returns: a select statement in the shape of the model `metric_values` -#}
{%- macro metric_values(measures, as_of, time_spine) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
with measures as (

    select * from {{ measures }}

),

as_of as (

    select * from {{ as_of }}

),

time_spine as (

    select * from {{ time_spine }}

),

covered as (

    select
        min(time_spine.date_day) as first_date,
        max(as_of.as_of_date) as as_of_date
    from as_of
    left join time_spine on as_of.as_of_date > time_spine.date_day

),

metric_rows as (
    {%- for metric in metric_definitions() %}

    select
        '{{ metric.name }}' as metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        cast({{ metric.numerator or 'null' }} as double) as numerator,
        cast({{ metric.denominator or 'null' }} as double) as denominator,
        cast({{ metric.expression }} as double) as metric_value,
        {{ metric.window_days - 1 if metric.window_days and not metric.looks_ahead else 0 }}
            as days_before,
        {{ metric.window_days - 1 if metric.looks_ahead else 0 }} as days_ahead
    from measures
    where
        dimension_name in (
            'total'{% for name in metric.dimensions %}, '{{ name }}'{% endfor %}
        )
        and coalesce({{ metric.measures | map(attribute='name') | join(', ') }}) is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
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
        -- the data cover the period, and every day before and after it that its window reads
        {{ add_days('metric_rows.period_start', '-metric_rows.days_before') }}
        >= covered.first_date
        and {{ add_days(
            period_end('metric_rows.grain', 'metric_rows.period_start'), 'metric_rows.days_ahead'
        ) }} <= covered.as_of_date as is_complete_period
    from metric_rows
    cross join covered

)

select * from final
{%- endmacro -%}
