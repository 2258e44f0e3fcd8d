{#- A first guess of the z >= 0 with a given upper tail, within 4.5e-4.

    The constants are formula 26.2.23 of Abramowitz and Stegun (1964), Handbook of Mathematical
    Functions; the steps that follow the guess make up for its error.

    name: name of the last CTE: the carried columns, log_tail and magnitude
    rows: name of a CTE with the carried columns and log_tail, the ln of a tail in (0, 0.5]
    carried: names of columns
    returns: CTEs, without a comma before the first or after the last
    example: log_tail ln(0.025) -> magnitude 1.9604 -#}
{%- macro _normal_quantile_start(name, rows, carried) -%}
{{ name }}_roots as (

    select
        {{ _carried(carried) }}
        log_tail,
        sqrt(-2.0e0 * log_tail) as root
    from {{ rows }}

),

{{ name }} as (

    select
        {{ _carried(carried) }}
        log_tail,
        greatest(
            0.0e0,
            root
            - (2.515517e0 + root * (8.02853e-1 + root * 1.0328e-2))
            / (1.0e0 + root * (1.432788e0 + root * (1.89269e-1 + root * 1.308e-3)))
        ) as magnitude
    from {{ name }}_roots

)
{%- endmacro -%}
