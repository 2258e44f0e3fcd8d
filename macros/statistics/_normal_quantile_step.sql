{#- One step of Halley's method towards the z >= 0 with a given upper tail, on the ln of the tail.

    With the hazard h = density / tail, the ln of the tail has the derivatives -h and -h (h - z).
    The constant is sqrt(2 pi). An error of e becomes one of the order of e^3.

    name: name of the last CTE: upper_tail, log_tail and magnitude, improved
    rows: name of a CTE with the same columns
    returns: CTEs, without a comma before the first or after the last
    example: log_tail ln(0.025), magnitude 1.9604 -> magnitude 1.959963984540054 -#}
{%- macro _normal_quantile_step(name, rows) -%}
{{ _normal_scaled_tail(name ~ '_scaled', rows, ['upper_tail', 'log_tail']) }},

{{ name }}_errors as (

    select
        *,
        ln(scaled_tail) - 5.0e-1 * magnitude * magnitude - log_tail as log_error,
        1.0e0 / (2.5066282746310007e0 * scaled_tail) as hazard
    from {{ name }}_scaled

),

{{ name }} as (

    select
        upper_tail,
        log_tail,
        greatest(
            0.0e0,
            magnitude
            + (log_error / hazard)
            / (1.0e0 + log_error * (hazard - magnitude) / (2.0e0 * hazard))
        ) as magnitude
    from {{ name }}_errors

)
{%- endmacro -%}
