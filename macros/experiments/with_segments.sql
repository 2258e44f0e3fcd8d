{#- Units of experiments with their segments: see `segment_definitions`.

    name: name of the CTE that comes out
    rows: name of a CTE with unit (an entity) and unit_id
    relations: the models that define segments
    returns: CTEs, the last one called `name`: `rows` with a column of text per segment, (unknown)
        where the unit is not known, null where the segment is one of another entity -#}
{%- macro with_segments(name, rows, relations) -%}
{%- set known = relations_by_model(relations) -%}
{%- set segments = segment_definitions() -%}
{%- set entities = segments | map(attribute='entity') | unique | list -%}
{%- for entity in entities %}
{%- set own = segments | selectattr('entity', 'equalto', entity) | list -%}
{%- if own[0].model not in known -%}
    {{ exceptions.raise_compiler_error(
        "the segment '" ~ own[0].name ~ "' needs '" ~ own[0].model ~ "'; add ref('" ~ own[0].model
        ~ "') to the relations in int_experiment_units.sql"
    ) }}
{%- endif -%}
{{ entity }}_segments as (

    select
        {{ own[0].unit }} as unit_id,
        {%- for segment in own %}
        {{ segment.expression }} as {{ segment.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ known[own[0].model] }}
    where {{ own[0].unit }} is not null

),

{% endfor -%}
{{ name }} as (

    select
        {{ rows }}.*
        {%- for segment in segments %},
        case
            when {{ rows }}.unit = '{{ segment.entity }}'
                then coalesce(cast({{ segment.entity }}_segments.{{ segment.name }} as string), '(unknown)')
        end as {{ segment.name }}
        {%- endfor %}
    from {{ rows }}
    {%- for entity in entities %}
    left join {{ entity }}_segments
        on {{ rows }}.unit = '{{ entity }}' and {{ rows }}.unit_id = {{ entity }}_segments.unit_id
    {%- endfor %}

)
{%- endmacro -%}
