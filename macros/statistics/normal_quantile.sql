{#- The z that a standard normal variable exceeds with a given probability.

    Adds `z` to each row of `rows`; null where the probability is null or not inside (0, 1). Error:
    below 1e-14 relative, absolute for z below 1; from 1e-300 up.

    name: name of the last CTE
    rows: name of a CTE, none of whose columns starts with `normal_`
    upper_tail: a numeric expression on its columns
    z: name of the column that is added
    returns: CTEs, without a comma before the first or after the last
        Spark works literals out one inside the other: give it columns of a table
    example: normal_quantile('quantiles', 'rows') with upper_tail 0.025 ->
        z 1.959963984540054; 0.5 -> 0.0; 0.975 -> -1.959963984540054
    reference: see _normal_quantile_start and _normal_quantile_step -#}
{%- macro normal_quantile(name, rows, upper_tail='upper_tail', z='z') -%}
{{ name }}__arguments as (

    select
        *,
        case
            when {{ upper_tail }} > 0.0e0 and {{ upper_tail }} < 1.0e0
                then cast({{ upper_tail }} as double)
        end as normal_upper_tail
    from {{ rows }}

),

{{ name }}__logarithms as (

    select
        *,
        ln(least(normal_upper_tail, 1.0e0 - normal_upper_tail)) as normal_log_tail
    from {{ name }}__arguments

),

{{ _normal_quantile_start(name ~ '__start', name ~ '__logarithms') }},

{{ _normal_quantile_step(name ~ '__first', name ~ '__start') }},

{{ _normal_quantile_step(name ~ '__second', name ~ '__first') }},

{{ name }} as (

    select
        {{ all_but(['normal_upper_tail', 'normal_log_tail', 'normal_magnitude']) }},
        case
            when normal_upper_tail < 5.0e-1 then normal_magnitude
            when normal_upper_tail > 5.0e-1 then -1.0e0 * normal_magnitude
            when normal_upper_tail = 5.0e-1 then 0.0e0
        end as {{ z }}
    from {{ name }}__second

)
{%- endmacro -%}
