{#- The z that a standard normal variable exceeds with a given probability.

    Error: below 1e-14 relative, absolute for z below 1; from 1e-300 up.

    name: name of the last CTE: one row per distinct upper_tail: upper_tail, z
    arguments: name of a CTE with the numeric column upper_tail; rows where it is not inside (0, 1)
        are left out
    returns: CTEs, without a comma before the first or after the last
    example: normal_quantile('quantiles', 'arguments') with upper_tail 0.025 ->
        z 1.959963984540054; 0.5 -> 0.0; 0.975 -> -1.959963984540054
    reference: see _normal_quantile_start and _normal_quantile_step -#}
{%- macro normal_quantile(name, arguments) -%}
{{ name }}__arguments as (

    select distinct cast(upper_tail as double) as upper_tail
    from {{ arguments }}
    where upper_tail > 0.0e0 and upper_tail < 1.0e0

),

{{ name }}__logarithms as (

    select
        upper_tail,
        ln(least(upper_tail, 1.0e0 - upper_tail)) as log_tail
    from {{ name }}__arguments

),

{{ _normal_quantile_start(name ~ '__start', name ~ '__logarithms', ['upper_tail']) }},

{{ _normal_quantile_step(name ~ '__first', name ~ '__start') }},

{{ _normal_quantile_step(name ~ '__second', name ~ '__first') }},

{{ name }} as (

    select
        upper_tail,
        case
            when upper_tail < 5.0e-1 then magnitude
            when upper_tail > 5.0e-1 then -1.0e0 * magnitude
            else 0.0e0
        end as z
    from {{ name }}__second

)
{%- endmacro -%}
