{#- One step of Halley's method towards Student's t with a given upper tail, on the ln of the tail.

    The step is in u with t = sqrt(n) sinh(u), in which the tail is nearly exponential. With the
    hazard h = density / tail, the ln of the tail has the derivatives -h and -h (h - n tanh(u)). The
    bound of 0.5 keeps a poor guess from stepping too far. An error of e becomes one of the order
    of e^3.

    name: name of the last CTE: upper_tail, degrees_of_freedom, log_tail and angle (u), improved
    rows: name of a CTE with the same columns
    nodes: name of the CTE of _legendre_nodes
    returns: CTEs, without a comma before the first or after the last -#}
{%- macro _student_quantile_step(name, rows, nodes) -%}
{{ name }}_curves as (

    select
        *,
        tanh(angle) as tangent,
        sinh(least(angle, 1.0e0)) * sinh(least(angle, 1.0e0)) as small_square,
        exp(-2.0e0 * angle) as decay
    from {{ rows }}

),

{{ name }}_logarithms as (

    select
        *,
        case
            when angle < 1.0e0 then atanh(small_square / (2.0e0 + small_square))
            -- the literal is ln(2)
            else angle - 6.931471805599453e-1 + 2.0e0 * atanh(decay / (2.0e0 + decay))
        end as log_cosh
    from {{ name }}_curves

),

{{ _student_core(
    name ~ '_core', name ~ '_logarithms', nodes, ['upper_tail', 'log_tail', 'angle']
) }},

{{ name }}_errors as (

    select
        *,
        ln(body) - degrees_of_freedom * log_cosh - log_tail as log_error,
        density_scale / body as hazard
    from {{ name }}_core

),

{{ name }} as (

    select
        upper_tail,
        degrees_of_freedom,
        log_tail,
        greatest(
            0.0e0,
            angle
            + (log_error / hazard)
            / greatest(
                5.0e-1,
                1.0e0 + log_error * (hazard - degrees_of_freedom * tangent) / (2.0e0 * hazard)
            )
        ) as angle
    from {{ name }}_errors

)
{%- endmacro -%}
