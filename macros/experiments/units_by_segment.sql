{#- The units that readouts count, once per segment that they have.

    units: name of a CTE in the shape of `int_experiment_units` with has_left
    returns: a select statement for a CTE: experiment_id, stage, variant_id, segment_name,
        segment_value -#}
{%- macro units_by_segment(units) -%}
{%- for segment in segment_definitions() -%}
select
        experiment_id,
        stage,
        variant_id,
        '{{ segment.name }}' as segment_name,
        {{ segment.name }} as segment_value
    from {{ units }}
    where is_planned and not has_left and {{ segment.name }} is not null
    {%- if not loop.last %}
    union all
    {% endif -%}
{%- else -%}
select
        experiment_id,
        stage,
        variant_id,
        'total' as segment_name,
        'total' as segment_value
    from {{ units }}
    where 1 = 0
{%- endfor -%}
{%- endmacro -%}
