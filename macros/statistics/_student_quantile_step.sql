{#- One step of Halley's method towards Student's t with a given upper tail, on the ln of the tail.

    The step is in u with t = sqrt(n) sinh(u), in which the tail is nearly exponential. With the
    hazard h = density / tail, the ln of the tail has the derivatives -h and -h (h - n tanh(u)). The
    bound of 0.5 keeps a poor guess from stepping too far. An error of e becomes one of the order
    of e^3.

    name: name of the last CTE: `rows` with student_angle (u) improved
    rows: name of a CTE with student_degrees, student_log_tail and student_angle
    returns: CTEs, without a comma before the first or after the last -#}
{%- macro _student_quantile_step(name, rows) -%}
{{ name }}_curves as (

    select
        *,
        tanh(student_angle) as student_tangent,
        sinh(least(student_angle, 1.0e0)) * sinh(least(student_angle, 1.0e0))
            as student_small_square,
        exp(-2.0e0 * student_angle) as student_decay
    from {{ rows }}

),

{{ name }}_logarithms as (

    select
        *,
        case
            when student_angle < 1.0e0
                then atanh(student_small_square / (2.0e0 + student_small_square))
            -- the literal is ln(2)
            else
                student_angle - 6.931471805599453e-1
                + 2.0e0 * atanh(student_decay / (2.0e0 + student_decay))
        end as student_log_cosh
    from {{ name }}_curves

),

{{ _student_core(name ~ '_core', name ~ '_logarithms') }},

{{ name }}_errors as (

    select
        *,
        ln(student_body) - student_degrees * student_log_cosh - student_log_tail
            as student_log_error,
        student_density_scale / student_body as student_hazard
    from {{ name }}_core

),

{{ name }} as (

    select
        {{ all_but([
            'student_angle', 'student_tangent', 'student_small_square', 'student_decay',
            'student_log_cosh', 'student_body', 'student_density_scale', 'student_log_error',
            'student_hazard',
        ]) }},
        greatest(
            0.0e0,
            student_angle
            + (student_log_error / student_hazard)
            / greatest(
                5.0e-1,
                1.0e0
                + student_log_error * (student_hazard - student_degrees * student_tangent)
                / (2.0e0 * student_hazard)
            )
        ) as student_angle
    from {{ name }}_errors

)
{%- endmacro -%}
