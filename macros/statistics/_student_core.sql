{#- The upper tail of Student's t without its power, and the scale of its density.

    With t = sqrt(n) sinh(u), n the degrees of freedom, the tail is
        c(n) int_u^infinity cosh(y)^-n dy, c(n) = gamma((n + 1) / 2) / (sqrt(pi) gamma(n / 2)).
    1. Below 20 degrees of freedom, ten times
           tail(n) = tail(n + 2) + c(n) / n tanh(u) cosh(u)^-n, c(n) = c(n + 2) (n + 1) / (n + 2)
       lift n by 20. Every term is positive: nothing cancels.
    2. The integral over cosh(u)^n / cosh(y)^n falls from 1. It is cut where that is exp(-36),
       which is 2e-16, and done by Gauss and Legendre with 28 nodes. The terms are added as
       multiples of 2^-62, in integers: the sum does not depend on the order of the rows, so that
       reruns give the same bits. Terms are below 1 and the weights add up to 1: no overflow.
    3. c(n) = sqrt(n / (2 pi)) exp(series in 2 / n), whose coefficients for odd k are
       (B_{k+1}(1/2) - B_{k+1}(0)) / (k (k + 1)) with the Bernoulli polynomials B. From n = 20 on
       seven terms leave an error of 1e-16.

    The sum is a join with the nodes because written out it is more code than Spark compiles.
    The constants are recomputed by tests/python/test_special_functions.py.

    name: name of the last CTE: the carried columns, degrees_of_freedom, tangent, log_cosh,
        body (tail cosh(u)^n) and density_scale (c(n))
    rows: name of a CTE with the carried columns, degrees_of_freedom (double, at least 1), tangent
        (tanh(u), u >= 0) and log_cosh (ln(cosh(u)))
    nodes: name of the CTE of _legendre_nodes
    carried: names of columns; together with degrees_of_freedom they are the key of `rows`
    returns: CTEs, without a comma before the first or after the last
    example: degrees_of_freedom 1.0, u 0 -> body 0.5, density_scale 1 / pi -#}
{%- macro _student_core(name, rows, nodes, carried) -%}
{%- set keys = carried + ['degrees_of_freedom', 'tangent', 'log_cosh'] -%}
{{ name }}_lifted as (

    select
        {{ _carried(keys) }}
        case
            when degrees_of_freedom < 2.0e1 then degrees_of_freedom + 2.0e1
            else degrees_of_freedom
        end as lifted
    from {{ rows }}

),

-- cosh(y) / cosh(u) = 1 + growth where the integral is cut
{{ name }}_growths as (

    select
        *,
        2.0e0 * sinh(1.8e1 / lifted) * exp(1.8e1 / lifted) as growth
    from {{ name }}_lifted

),

-- exp(y - u) = 1 + stretch there
{{ name }}_stretches as (

    select
        *,
        (sqrt(growth * (2.0e0 + growth) + tangent * tangent) + growth - tangent)
        / (1.0e0 + tangent) as stretch
    from {{ name }}_growths

),

{{ name }}_lengths as (

    select
        {{ _carried(keys) }}
        lifted,
        atanh(stretch / (2.0e0 + stretch)) as half_length
    from {{ name }}_stretches

),

{{ name }}_points as (

    select
        lengths.*,
        nodes.weight,
        sinh(lengths.half_length * nodes.position) as half_sinh
    from {{ name }}_lengths as lengths
    cross join {{ nodes }} as nodes

),

-- cosh(y) / cosh(u) = 1 + excess at each node
{{ name }}_excesses as (

    select
        *,
        2.0e0 * half_sinh * (half_sinh + tangent * sqrt(1.0e0 + half_sinh * half_sinh)) as excess
    from {{ name }}_points

),

{{ name }}_terms as (

    select
        *,
        weight * exp(-2.0e0 * lifted * atanh(excess / (2.0e0 + excess))) as term
    from {{ name }}_excesses

),

{{ name }}_sums as (

    select
        {{ _carried(keys) }}
        lifted,
        half_length,
        sum(cast(floor(term * 4.611686018427388e18) as bigint)) as term_sum
    from {{ name }}_terms
    group by
        {{ _carried(keys) }}
        lifted,
        half_length

),

{{ name }}_integrals as (

    select
        {{ _carried(keys) }}
        2.0e0 * half_length * (cast(term_sum as double) / 4.611686018427388e18) as integral,
        lifted,
        2.0e0 / lifted as r,
        4.0e0 / (lifted * lifted) as r2,
        exp(-2.0e0 * log_cosh) as x
    from {{ name }}_sums

),

{{ name }}_scales as (

    select
        *,
        sqrt(1.5915494309189535e-1 * lifted) * exp(
            r * (-1.25e-1 + r2 * (
                5.208333333333333e-3 + r2 * (-1.5625e-3 + r2 * (
                    1.1858258928571428e-3 + r2 * (-1.681857638888889e-3 + r2 * (
                        3.8341175426136365e-3 - r2 * 1.2819730318509616e-2
                    ))
                ))
            ))
        ) as lifted_scale,
        {%- for step in range(1, 10) %}
        (degrees_of_freedom + {{ 2 * step - 1 }}.0e0) / (degrees_of_freedom + {{ 2 * step }}.0e0)
            as step_{{ step }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_integrals

),

-- the sum over the steps of c(n + 2 j) / (n + 2 j) cosh(u)^(-2 j), and c(n) / n before it
{{ name }}_steps as (

    select
        *,
        lifted_scale / (degrees_of_freedom + 1.9e1)
        / (step_1 * step_2 * step_3 * step_4 * step_5 * step_6 * step_7 * step_8 * step_9)
            as first_step,
        1.0e0 + x * step_1 * (1.0e0 + x * step_2 * (1.0e0 + x * step_3 * (
            1.0e0 + x * step_4 * (1.0e0 + x * step_5 * (1.0e0 + x * step_6 * (
                1.0e0 + x * step_7 * (1.0e0 + x * step_8 * (1.0e0 + x * step_9))
            )))
        ))) as step_sum
    from {{ name }}_scales

),

{{ name }} as (

    select
        {{ _carried(keys) }}
        case
            when degrees_of_freedom < 2.0e1
                then
                    lifted_scale * integral * exp(-2.0e1 * log_cosh)
                    + tangent * first_step * step_sum
            else lifted_scale * integral
        end as body,
        case
            when degrees_of_freedom < 2.0e1 then degrees_of_freedom * first_step
            else lifted_scale
        end as density_scale
    from {{ name }}_steps

)
{%- endmacro -%}
