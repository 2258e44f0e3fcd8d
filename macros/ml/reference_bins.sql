{#- The bins that values are compared in: deciles of the reference, per key.

    name: name of the CTE that comes out
    rows: name of a CTE, the reference: the keys and a number
    keys: names of the columns that make a feature, none of them null
    number: expression of the value; null, NaN and infinite ones have no place among the deciles
    returns: CTEs, the last one called `name`, one row per keys: reference_count (rows), minimum,
        maximum, edge_1 to edge_9 (the deciles without repetition, then nulls) and open_width, what
        the two outer bins, which are open, measure distances by. Null without a number
    example: 1, 2, ..., 11 -> edges 2, 3, ..., 10; 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 -> edge_1 0
    reference: deciles interpolated as numpy's percentile -#}
{%- macro reference_bins(name, rows, keys, number='numeric_value') -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__numbers as (

    select
        {{ keyed }},
        {{ _finite(number) }} as number
    from {{ rows }}

),

{{ name }}__deciles as (

    select
        {{ keyed }},
        count(*) as reference_count,
        min(number) as minimum,
        max(number) as maximum,
        {{ quantiles('number', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) }} as deciles
    from {{ name }}__numbers
    group by
        {{ keyed }}

),

{{ name }}__places (place) as (

    values (1), (2), (3), (4), (5), (6), (7), (8), (9)

),

{{ name }}__edges as (

    select
        deciles.*,
        {{ list_item('deciles.deciles', 'places.place') }} as decile
    from {{ name }}__deciles as deciles
    cross join {{ name }}__places as places

),

{{ name }}__safe_edges as (

    -- a value that is a decile but for its rounding, which is not alike everywhere, is not above it
    select
        *,
        decile + 1.0e-12 * abs(decile) as edge
    from {{ name }}__edges

),

{{ name }}__ranked_edges as (

    select
        *,
        dense_rank() over (
            partition by
                {{ keys | join(',\n                ') }}
            order by edge
        ) as edge_number
    from {{ name }}__safe_edges

),

{{ name }} as (

    select
        {{ keyed }},
        max(reference_count) as reference_count,
        max(minimum) as minimum,
        max(maximum) as maximum,
        {%- for place in range(1, 10) %}
        max(case when edge_number = {{ place }} then edge end) as edge_{{ place }},
        {%- endfor %}
        coalesce(nullif((max(edge) - min(edge)) / 8, 0), nullif(abs(max(edge)), 0), 1)
            as open_width
    from {{ name }}__ranked_edges
    group by
        {{ keyed }}

)
{%- endmacro -%}
