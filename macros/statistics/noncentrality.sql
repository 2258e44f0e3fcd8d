{#- How many standard errors an effect must measure to be found with a given power.

    Adds `noncentrality` to each row of `rows`; null unless 0 < alpha < power < 1. It solves
    Phi(l - z) + Phi(-l - z) = power for l, where z is the two-sided critical value, by Newton's
    method for l^2 from z + z_power; both tails count.

    name: name of the last CTE
    rows: name of a CTE with alpha and power
    returns: CTEs, the last one called `name`.
        The effect that can be found is noncentrality times the standard error; the units needed
        are noncentrality squared times (v_a / w_a + v_b / w_b) / effect squared, where v is an
        arm's variance and w its share of the units
    example: alpha 0.05, power 0.8 -> 2.8016
    reference: equals statsmodels' NormalIndPower -#}
{%- macro noncentrality(name, rows) -%}
{%- if not execute -%}
    {{ return(name ~ ' as (select *, 1.0e0 as noncentrality from ' ~ rows ~ ')') }}
{%- endif -%}
{{ name }}__asked as (

    select
        *,
        case when alpha < power and power < 1 then alpha / 2 end as critical_tail
    from {{ rows }}

),

{{ normal_quantile(name ~ '__critical', name ~ '__asked', 'critical_tail', 'critical_value') }},

{{ normal_quantile(name ~ '__reached', name ~ '__critical', '1 - power', 'reached_value') }},

{{ name }}__step_0 as (

    select
        *,
        critical_value + reached_value as guessed_noncentrality
    from {{ name }}__reached

),

{% for step in range(1, 6) -%}
{{ _noncentrality_step(name ~ '__step_' ~ step, name ~ '__step_' ~ (step - 1)) }},

{% endfor -%}
{{ name }} as (

    select
        {{ all_but([
            'critical_tail', 'critical_value', 'reached_value', 'guessed_noncentrality',
        ]) }},
        case when critical_value is not null then guessed_noncentrality end as noncentrality
    from {{ name }}__step_5

)
{%- endmacro -%}

{#- One step of Newton's method for l^2, of which the power is a smooth function down to 0. -#}
{%- macro _noncentrality_step(name, rows) -%}
{{ name }}_guesses as (

    select
        *,
        critical_value - guessed_noncentrality as near_z,
        critical_value + guessed_noncentrality as far_z
    from {{ rows }}

),

{{ normal_tail(name ~ '_near', name ~ '_guesses', 'near_z', 'near_tail') }},

{{ normal_tail(name ~ '_far', name ~ '_near', 'far_z', 'far_tail') }},

{{ name }}_slopes as (

    -- the difference of two densities of the standard normal
    select
        *,
        near_tail + far_tail - power as error_of_power,
        3.98942280401432678e-1
        * (exp(-0.5e0 * near_z * near_z) - exp(-0.5e0 * far_z * far_z)) as slope_of_power
    from {{ name }}_far

),

{{ name }} as (

    select
        {{ all_but([
            'guessed_noncentrality', 'near_z', 'far_z', 'near_tail', 'far_tail',
            'error_of_power', 'slope_of_power',
        ]) }},
        sqrt(
            greatest(
                guessed_noncentrality * guessed_noncentrality
                - 2 * guessed_noncentrality * error_of_power / slope_of_power,
                0.0e0
            )
        ) as guessed_noncentrality
    from {{ name }}_slopes

)
{%- endmacro -%}
