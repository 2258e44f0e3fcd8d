{#- The upper tail of Student's t without its power, and the scale of its density.

    With t = sqrt(n) sinh(u), n the degrees of freedom, the tail is
        c(n) int_u^infinity cosh(y)^-n dy, c(n) = gamma((n + 1) / 2) / (sqrt(pi) gamma(n / 2)).
    1. Below 20 degrees of freedom, ten times
           tail(n) = tail(n + 2) + c(n) / n tanh(u) cosh(u)^-n, c(n) = c(n + 2) (n + 1) / (n + 2)
       lift n by 20. Every term is positive: nothing cancels.
    2. The integral over cosh(u)^n / cosh(y)^n falls from 1. It is cut where that is exp(-36),
       which is 2e-16, and done by Gauss and Legendre with 28 nodes, added up by
       fours, which rounds less than one after the other.
    3. c(n) = sqrt(n / (2 pi)) exp(series in 2 / n), whose coefficients for odd k are
       (B_{k+1}(1/2) - B_{k+1}(0)) / (k (k + 1)) with the Bernoulli polynomials B. From n = 20 on
       seven terms leave an error of 1e-16.

    The constants are recomputed by tests/python/test_special_functions.py.

    name: name of the last CTE: `rows`, student_body (tail cosh(u)^n) and
        student_density_scale (c(n))
    rows: name of a CTE with student_degrees (a double, at least 1), student_tangent
        (tanh(u), u >= 0) and student_log_cosh (ln(cosh(u)))
    returns: CTEs, without a comma before the first or after the last
    example: student_degrees 1.0, u 0 -> student_body 0.5, student_density_scale 1 / pi -#}
{%- macro _student_core(name, rows) -%}
{%- set nodes = _legendre_nodes() -%}
{{ name }}_lifted as (

    select
        *,
        case
            when student_degrees < 2.0e1 then student_degrees + 2.0e1
            else student_degrees
        end as student_lifted
    from {{ rows }}

),

-- cosh(y) / cosh(u) = 1 + growth where the integral is cut
{{ name }}_growths as (

    select
        *,
        2.0e0 * sinh(1.8e1 / student_lifted) * exp(1.8e1 / student_lifted) as student_growth
    from {{ name }}_lifted

),

-- exp(y - u) = 1 + stretch there
{{ name }}_stretches as (

    select
        *,
        (
            sqrt(student_growth * (2.0e0 + student_growth) + student_tangent * student_tangent)
            + student_growth - student_tangent
        ) / (1.0e0 + student_tangent) as student_stretch
    from {{ name }}_growths

),

{{ name }}_lengths as (

    select
        *,
        atanh(student_stretch / (2.0e0 + student_stretch)) as student_half_length
    from {{ name }}_stretches

),

{{ name }}_points as (

    select
        *,
        {%- for position, _ in nodes %}
        sinh(student_half_length * {{ position }}) as student_sinh_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_lengths

),

-- cosh(y) / cosh(u) = 1 + excess at each node
{{ name }}_excesses as (

    select
        *,
        {%- for _ in nodes %}
        {%- set half_sinh = 'student_sinh_' ~ loop.index %}
        2.0e0 * {{ half_sinh }}
        * ({{ half_sinh }} + student_tangent * sqrt(1.0e0 + {{ half_sinh }} * {{ half_sinh }}))
            as student_excess_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_points

),

{{ name }}_integrals as (

    select
        *,
        2.0e0 * student_half_length * (
            {%- for block in range(0, 28, 4) %}
            {{ '+ ' if not loop.first }}(
                {%- for _, weight in nodes[block:block + 4] %}
                {%- set excess = 'student_excess_' ~ (block + loop.index) %}
                {{ '+ ' if not loop.first }}{{ weight }} * exp(
                    -2.0e0 * student_lifted * atanh({{ excess }} / (2.0e0 + {{ excess }}))
                )
                {%- endfor %}
            )
            {%- endfor %}
        ) as student_integral,
        2.0e0 / student_lifted as student_r,
        4.0e0 / (student_lifted * student_lifted) as student_r2,
        exp(-2.0e0 * student_log_cosh) as student_x
    from {{ name }}_excesses

),

{{ name }}_scales as (

    select
        *,
        sqrt(1.5915494309189535e-1 * student_lifted) * exp(
            student_r * (-1.25e-1 + student_r2 * (
                5.208333333333333e-3 + student_r2 * (-1.5625e-3 + student_r2 * (
                    1.1858258928571428e-3 + student_r2 * (-1.681857638888889e-3 + student_r2 * (
                        3.8341175426136365e-3 - student_r2 * 1.2819730318509616e-2
                    ))
                ))
            ))
        ) as student_lifted_scale,
        {%- for step in range(1, 10) %}
        (student_degrees + {{ 2 * step - 1 }}.0e0) / (student_degrees + {{ 2 * step }}.0e0)
            as student_step_{{ step }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_integrals

),

-- the sum over the steps of c(n + 2 j) / (n + 2 j) cosh(u)^(-2 j), and c(n) / n before it
{{ name }}_steps as (

    select
        *,
        student_lifted_scale / (student_degrees + 1.9e1) / (
            {%- for step in range(1, 10) %}
            {{ '* ' if not loop.first }}student_step_{{ step }}
            {%- endfor %}
        ) as student_first_step,
        1.0e0 + student_x * student_step_1 * (1.0e0 + student_x * student_step_2 * (
            1.0e0 + student_x * student_step_3 * (1.0e0 + student_x * student_step_4 * (
                1.0e0 + student_x * student_step_5 * (1.0e0 + student_x * student_step_6 * (
                    1.0e0 + student_x * student_step_7 * (1.0e0 + student_x * student_step_8 * (
                        1.0e0 + student_x * student_step_9
                    ))
                ))
            ))
        )) as student_step_sum
    from {{ name }}_scales

),

{{ name }} as (

    select
        {{ all_but(
            [
                'student_lifted', 'student_growth', 'student_stretch', 'student_half_length',
                'student_integral', 'student_r', 'student_r2', 'student_x',
                'student_lifted_scale', 'student_first_step', 'student_step_sum',
            ]
            + _numbered('student_sinh_', range(1, 29)) + _numbered('student_excess_', range(1, 29))
            + _numbered('student_step_', range(1, 10))
        ) }},
        case
            when student_degrees < 2.0e1
                then
                    student_lifted_scale * student_integral * exp(-2.0e1 * student_log_cosh)
                    + student_tangent * student_first_step * student_step_sum
            else student_lifted_scale * student_integral
        end as student_body,
        case
            when student_degrees < 2.0e1 then student_degrees * student_first_step
            else student_lifted_scale
        end as student_density_scale
    from {{ name }}_steps

)
{%- endmacro -%}
