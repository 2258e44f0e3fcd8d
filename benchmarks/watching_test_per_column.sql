{#- What a dbt test for one table or column does at least, where every test is on its own.

    Values of the last 16 days are written to a table, their scores to a second one, and a query
    reads what is beyond: mean and standard deviation of the 14 days that end with the tested
    one, sensitivity 3, the last 2 days tested. For DuckDB alone.

    base: relation of a base model
    happened_at: its column that says when a row happened
    measures: list of aggregates
    returns: a select statement -#}
{%- macro watching_test_per_column(base, happened_at, measures) -%}
{{ config(group='data_platform', severity='warn') }}
{%- set values -%}
with dated as (
    select *, cast({{ happened_at }} as date) as date_day
    from {{ base }}
    where rejection_reasons is null
),
last_days as (
    select * from dated where date_day > (select max(date_day) from dated) - 16
)
{% for measure in measures -%}
select {{ loop.index }} as measure, date_day, cast({{ measure }} as double) as actual_value
from last_days
group by date_day
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endset -%}
{{ _watching_scored(values) }}
{%- endmacro -%}

{#- The same of all metrics in one test. -#}
{%- macro watching_test_of_metrics(metric_values) -%}
{{ config(group='data_platform', severity='warn') }}
{%- set values -%}
with daily as (
    select metric_name as measure, period_start as date_day, metric_value as actual_value
    from {{ metric_values }}
    where grain = 'day' and dimension_name = 'total' and is_complete_period
)
select * from daily where date_day > (select max(date_day) from daily) - 16
{%- endset -%}
{{ _watching_scored(values) }}
{%- endmacro -%}

{%- macro _watching_scored(values) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set name = 'main.' ~ model.name -%}
{%- do run_query('create or replace table ' ~ name ~ '_values as ' ~ values) -%}
{%- set scores -%}
select
    *,
    (actual_value - avg(actual_value) over last_days)
    / nullif(stddev_samp(actual_value) over last_days, 0) as score
from {{ name }}_values
window last_days as (
    partition by measure order by date_day range between interval 13 days preceding and current row
)
{%- endset -%}
{%- do run_query('create or replace table ' ~ name ~ '_scores as ' ~ scores) -%}
select * from {{ name }}_scores
where abs(score) > 3 and date_day > (select max(date_day) from {{ name }}_scores) - 2
{%- endmacro -%}
