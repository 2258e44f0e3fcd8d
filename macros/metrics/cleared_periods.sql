{#- The rows that say which values of a kept table of measures are to go.

    time_column: column of the rows that says when
    measures: the measures that are timed by it
    returns: a select statement in the shape of `measure_values` with period_print null -#}
{%- macro cleared_periods(time_column, measures) -%}
{%- for window in _windows(measures) -%}
select
    kept.measure_name,
    changed.grain,
    changed.period_start,
    cast(null as string) as dimension_name,
    cast(null as string) as dimension_value,
    cast(null as double) as measure_value,
    cast(null as string) as period_print
from {{ time_column }}_changed_{{ window }} as changed
inner join (
    select distinct
        measure_name,
        grain,
        period_start
    from {{ this }}
    where measure_name in ({{ _names_of(measures, window) }})
) as kept
    on changed.grain = kept.grain and changed.period_start = kept.period_start
{%- if not loop.last %}
union all
{% endif %}
{%- endfor -%}
{%- endmacro -%}
