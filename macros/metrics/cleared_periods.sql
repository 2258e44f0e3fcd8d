{#- The rows that say which values of a kept table of measures are to go.

    changed: name of a CTE with grain and period_start
    measure_names: names of the measures, quoted and joined by commas
    returns: a select statement in the shape of `measure_values` with period_print null -#}
{%- macro cleared_periods(changed, measure_names) -%}
select distinct
    kept.measure_name,
    kept.grain,
    kept.period_start,
    cast(null as string) as dimension_name,
    cast(null as string) as dimension_value,
    cast(null as double) as measure_value,
    cast(null as string) as period_print
from {{ this }} as kept
inner join {{ changed }} as changed
    on
        kept.grain = changed.grain
        and kept.period_start = changed.period_start
where kept.measure_name in ({{ measure_names }})
{%- endmacro -%}
