{#- How many standard errors an effect must measure to be found with a given power.

    Solves Phi(l - z) + Phi(-l - z) = power for l, where z is the two-sided critical value, by
    Newton's method for l^2 from z + z_power; both tails count.

    name: name of the CTE that comes out
    arguments: name of a CTE with alpha and power (both in (0, 1), power above alpha; any number of
        rows, other columns do not matter)
    returns: CTEs, the last one called `name`: the distinct alpha, power, with noncentrality.
        The effect that can be found is noncentrality times the standard error; the units needed
        are noncentrality squared times (v_a / w_a + v_b / w_b) / effect squared, where v is an
        arm's variance and w its share of the units
    example: alpha 0.05, power 0.8 -> 2.8016
    reference: equals statsmodels' NormalIndPower -#}
{%- macro noncentrality(name, arguments) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ arguments ~ ')') }}{%- endif -%}
{{ name }}__distinct as (

    select distinct
        alpha,
        power
    from {{ arguments }}
    where alpha > 0 and alpha < power and power < 1{{ computed_once('and') }}

),

{{ name }}__quantile_arguments as (

    select alpha / 2 as upper_tail from {{ name }}__distinct
    union all
    select 1 - power as upper_tail from {{ name }}__distinct

),

{{ normal_quantile(name ~ '__quantiles', name ~ '__quantile_arguments') }},

{{ name }}__step_0 as (

    select
        pairs.alpha,
        pairs.power,
        critical.z as critical_value,
        critical.z + reached.z as noncentrality
    from {{ name }}__distinct as pairs
    inner join {{ name }}__quantiles as critical on pairs.alpha / 2 = critical.upper_tail
    inner join {{ name }}__quantiles as reached on 1 - pairs.power = reached.upper_tail{{ computed_once() }}

),

{% for step in range(1, 6) -%}
{{ _noncentrality_step(name, step) }}

{% endfor -%}
{{ name }} as (

    select
        alpha,
        power,
        noncentrality
    from {{ name }}__step_5

)
{%- endmacro -%}

{#- One step of Newton's method for l^2, of which the power is a smooth function down to 0. -#}
{%- macro _noncentrality_step(name, step) -%}
{%- set step_name = name ~ '__step_' ~ step -%}
{{ step_name }}_guesses as (

    select
        *,
        critical_value - noncentrality as near_z,
        critical_value + noncentrality as far_z
    from {{ name }}__step_{{ step - 1 }}{{ computed_once() }}

),

{{ step_name }}_arguments as (

    select near_z as z from {{ step_name }}_guesses
    union all
    select far_z as z from {{ step_name }}_guesses

),

{{ normal_tail(step_name ~ '_tails', step_name ~ '_arguments') }},

{{ step_name }}_slopes as (

    -- the difference of two densities of the standard normal
    select
        guesses.*,
        near_tails.upper_tail + far_tails.upper_tail - guesses.power as error_of_power,
        3.98942280401432678e-1
        * (
            exp(-0.5e0 * guesses.near_z * guesses.near_z)
            - exp(-0.5e0 * guesses.far_z * guesses.far_z)
        ) as slope
    from {{ step_name }}_guesses as guesses
    inner join {{ step_name }}_tails as near_tails on guesses.near_z = near_tails.z
    inner join {{ step_name }}_tails as far_tails on guesses.far_z = far_tails.z

),

{{ step_name }} as (

    select
        alpha,
        power,
        critical_value,
        sqrt(
            greatest(
                noncentrality * noncentrality - 2 * noncentrality * error_of_power / slope, 0.0e0
            )
        ) as noncentrality
    from {{ step_name }}_slopes

),
{%- endmacro -%}
