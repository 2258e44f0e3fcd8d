{#- The rows behind one cell of `metric_values`: their raw ids, and what each adds to it.

    A cell of a ratio or derived metric has the rows of every measure that it is made of. Trailing
    windows reach back before the period. Conversions are not supported.

    metric_name: name of a metric
    grain: day, week or month
    period_start: first day of the period, as YYYY-MM-DD
    dimension_name: total, or a dimension that the metric is published by
    dimension_value: its value, as in metric_values
    returns: a select statement: measure_name, part (numerator, denominator, or value), aggregation,
        fact, row_id (the fact's key, which is the raw one), row_date and contribution: what the row
        adds to a sum or count (a distinct count counts the first row of each key), its value where
        the measure is a minimum or maximum
    example: metric_cell_rows('orders', 'day', '2026-01-05') ->
        orders, value, count, fct_orders, o1, 2026-01-05, 1 -#}
{%- macro metric_cell_rows(
    metric_name, grain, period_start, dimension_name='total', dimension_value='total'
) -%}
{%- set as_of = ref('int_as_of') -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set metric = _audited_metric(metric_name, grain, period_start, dimension_name) -%}
{%- set value = dbt.string_literal(dbt.escape_single_quotes(dimension_value)) -%}
with as_of as (

    select * from {{ as_of }}

),

cells as (

    select
        '{{ metric.name }}' as metric_name,
        '{{ grain }}' as grain,
        cast('{{ period_start }}' as date) as period_start,
        '{{ dimension_name }}' as dimension_name,
        {{ value }} as dimension_value

)
{{- _cell_rows([metric]) }}

select
    measure_name,
    case measure_name
        {%- for measure in metric.measures %}
        when '{{ measure.name }}' then '{{ _part_of(metric, measure.name) }}'
        {%- endfor %}
    end as part,
    aggregation,
    fact,
    row_id,
    row_date,
    contribution
from cell_rows
order by measure_name, row_date, row_id
{%- endmacro -%}

{#- The metric of a cell; stops where there can be no such cell. -#}
{%- macro _audited_metric(metric_name, grain, period_start, dimension_name) -%}
    {%- set known = metric_definitions() -%}
    {%- set found = known | selectattr('name', 'equalto', metric_name) | list -%}
    {%- if not found -%}
        {{ _refuse(metric_name, 'it is not defined',
            'use one of ' ~ known | map(attribute='name') | join(', ')) }}
    {%- endif -%}
    {%- set metric = found[0] -%}
    {%- if grain not in ('day', 'week', 'month') -%}
        {{ _refuse(metric_name, "the grain '" ~ grain ~ "' is not known", 'use day, week or month') }}
    {%- endif -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', period_start | string) -%}
        {{ _refuse(metric_name, "the period_start '" ~ period_start ~ "' is no day",
            'write the first day of the period as YYYY-MM-DD') }}
    {%- endif -%}
    {%- if dimension_name not in ['total'] + metric.dimensions -%}
        {{ _refuse(metric_name, "it is not published by '" ~ dimension_name ~ "'",
            'use one of ' ~ (['total'] + metric.dimensions) | join(', ')) }}
    {%- endif -%}
    {%- if metric.measures | map(attribute='conversion') | select | list -%}
        {{ _refuse(metric_name, 'the rows of conversions are not supported',
            'ask for a metric on its base measure or its conversion measure') }}
    {%- endif -%}
    {{ return(metric) }}
{%- endmacro -%}

{%- macro _part_of(metric, measure_name) -%}
    {%- set word = '\\b' ~ measure_name ~ '\\b' -%}
    {%- set parts = [] -%}
    {%- for part in ('numerator', 'denominator')
        if metric[part] and modules.re.search(word, metric[part]) -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {{ return(parts | join(' and ') or 'value') }}
{%- endmacro -%}
