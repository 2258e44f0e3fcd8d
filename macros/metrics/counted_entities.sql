{#- Counted values that belong to more than one entity.

    A measure whose config.meta.entity says which entity it counts is counted once, and summed over
    that entity's dimensions. That holds while no counted value occurs with two of its keys.

    relations: all facts whose measures name an entity
    returns: a select statement: fact, measure_name, counted_value, entity_count (above 1) -#}
{%- macro counted_entities(relations) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set known = relations_by_model(relations) -%}
{%- set counted = {} -%}
{%- for metric in metric_definitions() -%}
    {%- for measure in metric.measures if measure.counted -%}
        {%- if measure.counted.fact not in known -%}
            {{ exceptions.raise_compiler_error(
                "metric '" ~ metric.name ~ "': its measure '" ~ measure.measure ~ "' counts an entity of '"
                ~ measure.counted.fact ~ "'; add ref('" ~ measure.counted.fact
                ~ "') to the relations in assert_counted_values_have_one_entity.sql"
            ) }}
        {%- endif -%}
        {%- do counted.update({measure.counted.fact ~ '.' ~ measure.measure: measure}) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set selects = [] -%}
{%- for measure in counted.values() -%}
    {%- set select -%}
select
    '{{ measure.counted.fact }}' as fact,
    '{{ measure.measure }}' as measure_name,
    cast({{ measure.expression }} as string) as counted_value,
    count(distinct {{ measure.counted.key }}) as entity_count
from {{ known[measure.counted.fact] }}
group by {{ measure.expression }}
having {{ measure.expression }} is not null and count(distinct {{ measure.counted.key }}) > 1
    {%- endset -%}
    {%- do selects.append(select) -%}
{%- endfor -%}
{{ selects | join('\nunion all\n') if selects else 'select 1 as parsed where 1 = 0' }}
{%- endmacro -%}
