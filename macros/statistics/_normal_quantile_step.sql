{#- One step of Halley's method towards the z >= 0 with a given upper tail, on the ln of the tail.

    With the hazard h = density / tail, the ln of the tail has the derivatives -h and -h (h - z).
    The constant is sqrt(2 pi). An error of e becomes one of the order of e^3.

    name: name of the last CTE: `rows` with normal_magnitude improved
    rows: name of a CTE with normal_log_tail and normal_magnitude
    returns: CTEs, without a comma before the first or after the last
    example: normal_log_tail ln(0.025), normal_magnitude 1.9604 -> 1.959963984540054 -#}
{%- macro _normal_quantile_step(name, rows) -%}
{{ _normal_scaled_tail(name ~ '_scaled', rows) }},

{{ name }}_errors as (

    select
        *,
        ln(normal_scaled_tail) - 5.0e-1 * normal_magnitude * normal_magnitude - normal_log_tail
            as normal_log_error,
        1.0e0 / (2.5066282746310007e0 * normal_scaled_tail) as normal_hazard
    from {{ name }}_scaled

),

{{ name }} as (

    select
        {{ all_but(
            ['normal_magnitude', 'normal_scaled_tail', 'normal_log_error', 'normal_hazard']
        ) }},
        greatest(
            0.0e0,
            normal_magnitude
            + (normal_log_error / normal_hazard)
            / (
                1.0e0
                + normal_log_error * (normal_hazard - normal_magnitude) / (2.0e0 * normal_hazard)
            )
        ) as normal_magnitude
    from {{ name }}_errors

)
{%- endmacro -%}
