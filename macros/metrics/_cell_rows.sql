{#- Helpers of metric_cell_rows and unequal_cells: the rows of a fact behind cells. -#}

{#- CTEs behind `as_of` and `cells`, up to `cell_rows`: a row per cell, measure and row of the fact.

    metrics: the metrics of the cells, as in metric_definitions() -#}
{%- macro _cell_rows(metrics) -%}
{%- set users = {} -%}
{%- set measures = {} -%}
{%- for metric in metrics -%}
    {%- for measure in metric.measures -%}
        {%- do users.setdefault(measure.name, []).append(metric.name) -%}
        {%- set known = measures.setdefault(measure.name, dict(measure, dimensions=[], published_dimensions=[])) -%}
        {%- for dimension in measure.dimensions if dimension not in known.dimensions -%}
            {%- do known.dimensions.append(dimension) -%}
        {%- endfor -%}
        {%- for name in measure.published_dimensions if name not in known.published_dimensions -%}
            {%- do known.published_dimensions.append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{%- set places = {} -%}
{%- for measure in measures.values() -%}
    {%- do places.setdefault(measure.fact ~ '__' ~ measure.time_column, []).append(measure) -%}
{%- endfor %},

spans as (

    select
        cells.*,
        {{ add_days('least(as_of.as_of_date, ' ~ period_end('cells.grain', 'cells.period_start')
            | trim ~ ')', -1) }} as last_day
    from cells
    cross join as_of

)
{%- for place, placed in places.items() %}
    {{- _rows_with_dimensions(place, placed) }}
    {%- for measure in placed %}
        {{- _rows_of_measure(place, measure, users[measure.name]) }}
    {%- endfor %}
{%- endfor %},

cell_rows as (
{% for name in measures %}
    select * from {{ name }}_contributions
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

)
{%- endmacro -%}

{#- A fact's rows with key, day, dimensions and what the measures measure. -#}
{%- macro _rows_with_dimensions(place, measures) -%}
{%- set own = {} -%}
{%- set joined = {} -%}
{%- set expressions = measures | map(attribute='expression') | unique | list -%}
{%- for measure in measures -%}
    {%- for dimension in measure.dimensions -%}
        {%- if dimension.model == measure.fact -%}
            {%- do own.update({dimension.name: dimension.expression}) -%}
        {%- else -%}
            {%- do joined.setdefault(dimension.entity, {}).update({dimension.name: dimension}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{%- set first = measures[0] %}
{%- for entity, dimensions in joined.items() %},

{{ place }}_{{ entity }} as (

    select
        {{ (dimensions.values() | first).key }} as {{ entity }}__key,
        {%- for name, dimension in dimensions.items() %}
        {{ _aliased(dimension.expression, name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ _mart_relation((dimensions.values() | first).model) }}

)
{%- endfor %},

{{ place }}_rows as (

    select
        cast({{ first.row_key }} as string) as row_id,
        cast({{ first.time_column }} as date) as row_date,
        {%- for entity, dimensions in joined.items() %}
        {{ (dimensions.values() | first).fact_key }} as {{ entity }}__key,
        {%- endfor %}
        {%- for name, expression in own.items() %}
        {{ _aliased(expression, name) }},
        {%- endfor %}
        {%- for expression in expressions %}
        {{ _aliased(expression, 'measured_' ~ loop.index) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ _mart_relation(first.fact) }}
    where {{ first.time_column }} is not null

)
{%- if joined %},

{{ place }}_joined as (

    select
        {{ place }}_rows.*
        {%- for entity, dimensions in joined.items() %}
        {%- for name in dimensions %},
        {{ place }}_{{ entity }}.{{ name }}
        {%- endfor %}
        {%- endfor %}
    from {{ place }}_rows
    {%- for entity in joined %}
    left join {{ place }}_{{ entity }}
        on {{ place }}_rows.{{ entity }}__key = {{ place }}_{{ entity }}.{{ entity }}__key
    {%- endfor %}

)
{%- endif %}
{%- for measure in measures %}
    {%- do measure.update({
        'rows': place ~ ('_joined' if joined else '_rows'),
        'measured': 'measured_' ~ (expressions.index(measure.expression) + 1),
    }) %}
{%- endfor %}
{%- endmacro -%}

{#- The rows of one measure in the cells of the metrics that use it.

    A trailing value of a week or month is the one of its last day with rows in the window. -#}
{%- macro _rows_of_measure(place, measure, metric_names) -%}
{%- set days_back = [measure.window_days, 1] | max - 1 %},

{{ measure.name }}_candidates as (

    select
        spans.metric_name,
        spans.grain,
        spans.period_start,
        spans.dimension_name,
        spans.dimension_value,
        spans.last_day,
        fact_rows.row_id,
        fact_rows.row_date,
        fact_rows.{{ measure.measured }} as measured
    from {{ measure.rows }} as fact_rows
    inner join spans
        on
            fact_rows.row_date >= {{ add_days('spans.period_start', -days_back) }}
            and fact_rows.row_date <= spans.last_day
    where
        spans.metric_name in (
            {%- for name in metric_names %}
            '{{ name }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {%- for filter in measure.filters %}
        and {{ filter }}
        {%- endfor %}
        and spans.dimension_value = case spans.dimension_name
            when 'total' then 'total'
            {%- for name in measure.published_dimensions %}
            when '{{ name }}'
                then coalesce(cast(fact_rows.{{ name }} as string), '(none)')
            {%- endfor %}
        end
        {%- if measure.aggregation in ('sum', 'min', 'max') %}
        and fact_rows.{{ measure.measured }} is not null
        {%- endif %}

),
{%- if measure.window_days %}

{{ measure.name }}_last_rows as (

    select
        *,
        max(row_date) over (
            partition by metric_name, grain, period_start, dimension_name, dimension_value
        ) as last_row_date
    from {{ measure.name }}_candidates

),

{{ measure.name }}_in_window as (

    select * from {{ measure.name }}_last_rows
    where
        row_date > {{ add_days('last_day', -measure.window_days) }}
        or row_date = last_row_date

),
{%- endif %}

{{ measure.name }}_contributions as (

    select
        metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        '{{ measure.name }}' as measure_name,
        '{{ measure.aggregation }}' as aggregation,
        '{{ measure.fact }}' as fact,
        row_id,
        row_date,
        cast(
            {%- if measure.aggregation == 'count' %}
            case when measured is not null then 1 else 0 end
            {%- elif measure.aggregation == 'sum_boolean' %}
            case when measured then 1 else 0 end
            {%- elif measure.aggregation == 'count_distinct' %}
            case
                when measured is null then 0
                when
                    row_number() over (
                        partition by
                            metric_name,
                            grain,
                            period_start,
                            dimension_name,
                            dimension_value,
                            measured
                        order by row_date, row_id
                    ) = 1
                    then 1
                else 0
            end
            {%- else %}
            measured
            {%- endif %}
            as double
        ) as contribution
    from {{ measure.name }}_{{ 'in_window' if measure.window_days else 'candidates' }}

)
{%- endmacro -%}
