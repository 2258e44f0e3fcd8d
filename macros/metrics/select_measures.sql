{#- The measures of a CTE that has a column per measure, a row each, where they are published.

    Appends the select statement to `selects`, for the end of the query.

    sets: name of a CTE with grain, period_start, dimension_name, dimension_value and a column per
        measure
    measures: the measures, with their published_dimensions
    selects: list of select statements
    periods: name of a CTE with the periods to select, and the period_print of each; none for all,
        without a print
    returns: the CTE that says which measure is published by which dimension -#}
{%- macro select_measures(sets, measures, selects, periods=none) %},

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
{%- set select %}
{%- if periods -%}
select
    measured.*,
    periods.period_print
from {{ sets }}_values as measured
inner join {{ periods }} as periods
    on
        measured.grain = periods.grain
        and measured.period_start = periods.period_start
where measured.measure_value is not null
{%- else -%}
select * from {{ sets }}_values
where measure_value is not null
{%- endif %}
{%- endset %}
{%- do selects.append(select) %}
{%- endmacro -%}
