{#- The value that a Student t variable exceeds with a given probability.

    Any real degrees of freedom from 1 on. Error: below 1e-12 relative, absolute for values below
    1; from 1e-300 up.

    name: name of the last CTE: one row per distinct upper_tail and degrees_of_freedom:
        upper_tail, degrees_of_freedom, statistic
    arguments: name of a CTE with the numeric columns upper_tail and degrees_of_freedom; rows where
        either is null or NaN, upper_tail not inside (0, 1), or degrees_of_freedom below 1, are
        left out
    returns: CTEs, without a comma before the first or after the last
    example: student_quantile('quantiles', 'arguments') with upper_tail 0.025 and
        degrees_of_freedom 1 -> statistic 12.706204736174698; 0.5 -> 0.0
    reference: Wallace (1959), Bounds on normal approximations to Student's and the chi-square
        distributions, for the first guess; see _student_quantile_step for the rest -#}
{%- macro student_quantile(name, arguments) -%}
{%- set keys = ['upper_tail', 'degrees_of_freedom'] -%}
{{ name }}__arguments as (

    select distinct
        cast(upper_tail as double) as upper_tail,
        cast(degrees_of_freedom as double) as degrees_of_freedom
    from {{ arguments }}
    where
        upper_tail > 0.0e0
        and upper_tail < 1.0e0
        and {{ _is_number('degrees_of_freedom') }}
        and degrees_of_freedom >= 1.0e0

),

{{ name }}__logarithms as (

    select
        {{ _carried(keys) }}
        ln(least(upper_tail, 1.0e0 - upper_tail)) as log_tail
    from {{ name }}__arguments

),

{{ _normal_quantile_start(name ~ '__normal', name ~ '__logarithms', keys) }},

-- cosh(u)^2 = exp(growth), by Wallace's relation of t to z
{{ name }}__wallace as (

    select
        {{ _carried(keys) }}
        log_tail,
        magnitude * magnitude / degrees_of_freedom
        * ((8.0e0 * degrees_of_freedom + 3.0e0) / (8.0e0 * degrees_of_freedom + 1.0e0))
        * ((8.0e0 * degrees_of_freedom + 3.0e0) / (8.0e0 * degrees_of_freedom + 1.0e0)) as growth
    from {{ name }}__normal

),

-- beyond 700, sinh and cosh overflow
{{ name }}__start as (

    select
        {{ _carried(keys) }}
        log_tail,
        least(
            7.0e2,
            5.0e-1 * growth
            + ln(
                1.0e0
                + sqrt(2.0e0 * sinh(5.0e-1 * least(growth, 1.0e2)) * exp(-5.0e-1 * growth))
            )
        ) as angle
    from {{ name }}__wallace

),

{{ _legendre_nodes(name ~ '__nodes') }},

{{ _student_quantile_step(name ~ '__first', name ~ '__start', name ~ '__nodes') }},

{{ _student_quantile_step(name ~ '__second', name ~ '__first', name ~ '__nodes') }},

{{ name }} as (

    select
        {{ _carried(keys) }}
        case
            when upper_tail < 5.0e-1 then sqrt(degrees_of_freedom) * sinh(angle)
            when upper_tail > 5.0e-1 then -1.0e0 * sqrt(degrees_of_freedom) * sinh(angle)
            else 0.0e0
        end as statistic
    from {{ name }}__second

)
{%- endmacro -%}
