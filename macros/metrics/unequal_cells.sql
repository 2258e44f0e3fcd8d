{#- Cells that the rows behind them do not add up to: a sample of all metrics but conversions.

    Which cells are looked at follows from the end of the data, so another day looks at others.

    metric_values: relation in the shape of `metric_values`
    as_of: relation with the column as_of_date, the exclusive end of the data
    cells_per_metric: how many cells of each metric
    returns: a select statement: the cell's key, message -#}
{%- macro unequal_cells(metric_values, as_of, cells_per_metric) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set metrics = _auditable_metrics() -%}
{%- set measures = {} -%}
{%- for metric in metrics -%}
    {%- for measure in metric.measures -%}{%- do measures.update({measure.name: measure}) -%}{%- endfor -%}
{%- endfor -%}
with as_of as (

    select * from {{ as_of }}

),

metric_values as (

    select * from {{ metric_values }}

),

drawn_periods as (

    select
        metric_values.metric_name,
        metric_values.grain,
        metric_values.period_start,
        row_number() over (
            partition by metric_values.metric_name
            order by
                md5(concat_ws(
                    '|',
                    cast(as_of.as_of_date as string),
                    metric_values.metric_name,
                    metric_values.grain,
                    cast(metric_values.period_start as string)
                ))
        ) as place
    from metric_values
    cross join as_of
    where metric_values.dimension_name = 'total'

),

drawn_cells as (

    select
        metric_values.*,
        row_number() over (
            partition by
                metric_values.metric_name,
                metric_values.grain,
                metric_values.period_start
            order by
                md5(concat_ws(
                    '|',
                    cast(metric_values.period_start as string),
                    metric_values.dimension_name,
                    metric_values.dimension_value
                ))
        ) as place_in_period
    from metric_values
    inner join drawn_periods
        on
            metric_values.metric_name = drawn_periods.metric_name
            and metric_values.grain = drawn_periods.grain
            and metric_values.period_start = drawn_periods.period_start
    where drawn_periods.place <= {{ cells_per_metric }}

),

cells as (

    select * from drawn_cells
    where place_in_period = 1

)
{{- _cell_rows(metrics) }},

measured as (

    select
        metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        measure_name,
        case max(aggregation)
            when 'min' then min(contribution)
            when 'max' then max(contribution)
            else sum(contribution)
        end as measure_value
    from cell_rows
    group by
        metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        measure_name

),

pivoted as (

    select
        metric_name,
        grain,
        period_start,
        dimension_name,
        {%- for name in measures %}
        max(case
            when measure_name = '{{ name }}' then measure_value
        end) as {{ name }},
        {%- endfor %}
        dimension_value
    from measured
    group by
        metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value

),

recomputed as (
{% for metric in metrics %}
    select
        metric_name,
        grain,
        period_start,
        dimension_name,
        dimension_value,
        {{ _as_double(metric.expression) }} as recomputed_value
    from pivoted
    where metric_name = '{{ metric.name }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

)

select
    cells.metric_name,
    cells.grain,
    cells.period_start,
    cells.dimension_name,
    cells.dimension_value,
    concat(
        cells.metric_name, ' of the ', cells.grain, ' ', cast(cells.period_start as string),
        ', ', cells.dimension_name, ' ', cells.dimension_value, ', is ',
        coalesce(cast(cells.metric_value as string), 'empty'), '; its rows make ',
        coalesce(cast(recomputed.recomputed_value as string), 'nothing')
    ) as message
from cells
left join recomputed
    on
        cells.metric_name = recomputed.metric_name
        and cells.grain = recomputed.grain
        and cells.period_start = recomputed.period_start
        and cells.dimension_name = recomputed.dimension_name
        and cells.dimension_value = recomputed.dimension_value
where
    cells.metric_name in (
        {%- for metric in metrics %}
        '{{ metric.name }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
    and (
        (cells.metric_value is null) != (recomputed.recomputed_value is null)
        or abs(cells.metric_value - recomputed.recomputed_value)
        > 1.0e-9 * greatest(1, abs(cells.metric_value))
    )
{%- endmacro -%}

{%- macro _auditable_metrics() -%}
    {%- set metrics = [] -%}
    {%- for metric in metric_definitions()
        if not metric.measures | map(attribute='conversion') | select | list -%}
        {%- do metrics.append(metric) -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro -%}
