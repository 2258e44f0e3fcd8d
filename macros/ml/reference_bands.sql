{#- The band in which a measure lay over the reference, per key: its mean and three deviations.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per keys and chunk: the keys, a value and whether it is of the
        reference
    keys: names of the columns that make a measure, none of them null
    value: expression of the measure, null where a chunk has none
    is_reference: expression of type boolean: whether a chunk is of the reference
    returns: CTEs, the last one called `name`, one row per keys: reference_mean, reference_deviation
        (of all, not of a sample), reference_lower, reference_upper, reference_chunk_count, reason
        (why there is no band): no_reference, too_few (one chunk)
    example: reference values 0.7, 0.8 -> 0.75 and 0.05, band 0.6 to 0.9
    reference: NannyML's standard deviation threshold -#}
{%- macro reference_bands(name, rows, keys, value='value', is_reference='is_reference') -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__values as (

    select
        {{ keyed }},
        case when {{ is_reference }} then {{ _finite(value) | indent(4) }} end as reference_value
    from {{ rows }}

),

{{ name }}__moments as (

    select
        {{ keyed }},
        count(reference_value) as reference_chunk_count,
        avg(reference_value) as reference_mean,
        stddev_pop(reference_value) as reference_deviation
    from {{ name }}__values
    group by
        {{ keyed }}

),

{{ name }} as (

    select
        {{ keyed }},
        case when reference_chunk_count > 1 then reference_mean end as reference_mean,
        case when reference_chunk_count > 1 then reference_deviation end as reference_deviation,
        case when reference_chunk_count > 1 then reference_mean - 3 * reference_deviation end
            as reference_lower,
        case when reference_chunk_count > 1 then reference_mean + 3 * reference_deviation end
            as reference_upper,
        reference_chunk_count,
        case
            when reference_chunk_count = 0 then 'no_reference'
            when reference_chunk_count = 1 then 'too_few'
        end as reason
    from {{ name }}__moments

)
{%- endmacro -%}
