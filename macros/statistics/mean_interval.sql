{#- Means by key, each with Student's 95 % interval.

    Of one value, and of values that are all alike, there is a mean without bounds.

    name: name of the last CTE
    rows: name of a CTE with the keys, none of them null, and the value; rows without a value do
        not count
    keys: names of the columns to group by
    value: a numeric expression on its columns
    returns: CTEs, without a comma before the first or after the last; one row per key with
        value_count, mean, mean_low, mean_high
    example: 1, 2, 3, 4 -> mean 2.5, from 0.446 to 4.554
    reference: equals scipy's t.interval(0.95, n - 1, mean, sem) -#}
{%- macro mean_interval(name, rows, keys, value='value') -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__moments as (

    select
        {{ keyed }},
        count({{ value }}) as value_count,
        avg(cast({{ value }} as double)) as mean,
        case when count({{ value }}) > 1 then var_samp(cast({{ value }} as double)) end
            as variance,
        2.5e-2 as tail,
        cast(count({{ value }}) - 1 as double) as degrees_of_freedom
    from {{ rows }}
    group by
        {{ keyed }}

),

{{ student_quantile(name ~ '__quantiles', name ~ '__moments', 'tail', statistic='reach') }},

{{ name }} as (

    select
        {{ keyed }},
        value_count,
        mean,
        case when variance > 0 then mean - reach * sqrt(variance / value_count) end as mean_low,
        case when variance > 0 then mean + reach * sqrt(variance / value_count) end as mean_high
    from {{ name }}__quantiles

)
{%- endmacro -%}
