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
{% for metric in metric_definitions() %}
    select
        '{{ metric.name }}' as metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        {{ _as_double(metric.numerator) }} as numerator,
        {{ _as_double(metric.denominator) }} as denominator,
        {{ _as_double(metric.expression) }} as metric_value,
        {{ metric.days_before }} as days_before,
        {{ metric.days_after }} as days_after
    from measures
    where
        dimension_name in (
            'total'
            {%- for name in metric.dimensions %},
            '{{ name }}'
            {%- endfor %}
        )
        {%- if metric.measures | length == 1 %}
        and {{ metric.measures[0].name }} is not null
        {%- else %}
        and coalesce(
            {%- for measure in metric.measures %}
            {{ measure.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) is not null
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

),

ended as (

    select
        *,
        {{ period_end('grain', 'period_start') }} as period_end
    from metric_rows

),

final as (

    select
        ended.metric_name,
        ended.grain,
        ended.period_start,
        ended.dimension_name,
        ended.dimension_value,
        ended.numerator,
        ended.denominator,
        ended.metric_value,
        -- the data cover the period, and every day before and after it that its window reads
        {{ add_days('ended.period_start', '-ended.days_before') }} >= covered.first_date
        and {{ add_days('ended.period_end', 'ended.days_after') }} <= covered.as_of_date
            as is_complete_period
    from ended
    cross join covered

)

select * from final
{%- endmacro -%}

{#- A number of a metric, null where there is none; a long one has a line per term. -#}
{%- macro _as_double(expression) -%}
    {%- if expression and expression | length > 55 -%}
        cast(
            {{ _folded(expression) }}
            as double
        )
    {%- else -%}
        cast({{ expression or 'null' }} as double)
    {%- endif -%}
{%- endmacro -%}

{#- Arithmetic with a line per term, laid out for a bracket in a select list; calls stay whole. -#}
{%- macro _folded(expression) -%}
    {%- set brackets = [] -%}
    {%- for token in modules.re.findall("'[^']*'|\\w+\\(| [-+*/] |[()]|\\w+|[^\\w]", expression) -%}
        {%- if token[-1] == '(' -%}
            {%- do brackets.append('group' if token == '(' else 'call') -%}
        {%- elif token == ')' -%}
            {%- set closed = brackets.pop() -%}
        {%- endif -%}
        {%- set new_line = '\n' ~ '    ' * (3 + brackets | length) -%}
        {%- if 'call' in brackets or closed == 'call' -%}
            {{ token }}
        {%- elif token == '(' -%}
            {{ token ~ new_line }}
        {%- elif token == ')' -%}
            {{ new_line ~ token }}
        {%- elif token in (' + ', ' - ', ' * ', ' / ') -%}
            {{ new_line ~ token[1:] }}
        {%- else -%}
            {{ token }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
