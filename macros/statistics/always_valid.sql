{#- A confidence sequence and p-value that stay valid however often one looks.

    Adds to each row of `rows`: always_valid_p_value, always_valid_ci_lower, always_valid_ci_upper,
    two-sided at alpha, over all looks together. Null below 100 units and without variance, where
    the normal approximation behind them does not hold.

    name: name of the CTE that comes out
    rows: name of a CTE with alpha, effect, standard_error, effective_units (of both arms) and
        planned_units (at which the interval is the tightest; 5000 where null)
    returns: CTEs, the last one called `name`
    example: effect 1, standard_error 0.25, 1000 units, 5000 planned, alpha 0.05 -> p_value 0.0119
    reference: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2021), Time-uniform central limit
        theory; the mixture is tuned as GrowthBook does -#}
{%- macro always_valid(name, rows) -%}
{{ name }}__mixtures as (

    select
        *,
        case
            when effective_units >= 100 and standard_error > 0
                then effective_units * (-2 * ln(alpha) + ln(1 - 2 * ln(alpha)))
                    / coalesce(nullif(planned_units, 0), 5.0e3)
        end as mixture
    from {{ rows }}

),

{{ name }}__widths as (

    select
        *,
        -- effective_units cancel: half width se sqrt(N) sqrt(2 (N rho^2 + 1) / (N^2 rho^2) ln(...))
        standard_error
        * sqrt(2 * (mixture + 1) / mixture * (0.5e0 * ln(mixture + 1) - ln(alpha)))
            as always_valid_half_width,
        0.5e0 * ln(mixture + 1)
        - mixture * (effect / standard_error) * (effect / standard_error) / (2 * (mixture + 1))
            as log_always_valid_p_value
    from {{ name }}__mixtures

),

{{ name }} as (

    select
        {{ all_but(['always_valid_half_width', 'log_always_valid_p_value']) }},
        case
            when log_always_valid_p_value >= 0 then 1.0e0
            -- below e to the -700th a double has no more room
            when log_always_valid_p_value < -700 then 0.0e0
            else exp(log_always_valid_p_value)
        end as always_valid_p_value,
        effect - always_valid_half_width as always_valid_ci_lower,
        effect + always_valid_half_width as always_valid_ci_upper
    from {{ name }}__widths

)
{%- endmacro -%}
