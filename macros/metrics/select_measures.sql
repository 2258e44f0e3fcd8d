{#- The measures of a CTE that has a column per measure, a row each, where they are published.

    Appends the select statement to `selects`, for the end of the query.

    sets: name of a CTE with grain, period_start, dimension_name, dimension_value and a column per
        measure
    measures: the measures, with their published_dimensions
    selects: list of select statements
    returns: the CTE that says which measure is published by which dimension -#}
{%- macro select_measures(sets, measures, selects) %},

{{ sets }}_published (measure_name, dimension_name) as (

    values
    {%- for measure in measures %}
    {%- set last_measure = loop.last %}
    {%- for name in ['total'] + measure.published_dimensions %}
    ('{{ measure.name }}', '{{ name }}'){{ ',' if not (loop.last and last_measure) }}
    {%- endfor %}
    {%- endfor %}

),

{{ sets }}_values as (

    select
        published.measure_name,
        measured.grain,
        measured.period_start,
        measured.dimension_name,
        measured.dimension_value,
        case published.measure_name
            {%- for measure in measures %}
            when '{{ measure.name }}'
                then measured.{{ measure.name }}
            {%- endfor %}
        end as measure_value
    from {{ sets }} as measured
    inner join {{ sets }}_published as published
        on measured.dimension_name = published.dimension_name

)
{%- do selects.append('select * from ' ~ sets ~ '_values\nwhere measure_value is not null') %}
{%- endmacro -%}
