{#- A first guess of the z >= 0 with a given upper tail, within 4.5e-4.

    The constants are formula 26.2.23 of Abramowitz and Stegun (1964), Handbook of Mathematical
    Functions; the steps that follow the guess make up for its error.

    name: name of the last CTE: `rows` and normal_magnitude
    rows: name of a CTE with normal_log_tail, the ln of a tail in (0, 0.5]
    returns: CTEs, without a comma before the first or after the last
    example: normal_log_tail ln(0.025) -> normal_magnitude 1.9604 -#}
{%- macro _normal_quantile_start(name, rows) -%}
{{ name }}_roots as (

    select
        *,
        sqrt(-2.0e0 * normal_log_tail) as normal_root
    from {{ rows }}

),

{{ name }} as (

    select
        {{ all_but(['normal_root']) }},
        greatest(
            0.0e0,
            normal_root
            - (2.515517e0 + normal_root * (8.02853e-1 + normal_root * 1.0328e-2))
            / (
                1.0e0
                + normal_root * (1.432788e0 + normal_root * (1.89269e-1 + normal_root * 1.308e-3))
            )
        ) as normal_magnitude
    from {{ name }}_roots

)
{%- endmacro -%}
