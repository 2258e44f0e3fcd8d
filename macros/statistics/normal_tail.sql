{#- The upper tail of the standard normal distribution, P(Z > z), to full relative precision.

    A two-sided p-value is twice the tail of abs(z); 1 - tail is only precise where tail is not
    small, and never needed for it. Relative error for z >= 0: below 2e-15, down to 1e-300; beyond
    the smallest double the tail is 0.0.

    name: name of the last CTE: one row per distinct z: z, upper_tail
    arguments: name of a CTE with the numeric column z; rows where it is null or NaN are left out
    returns: CTEs, without a comma before the first or after the last
    example: normal_tail('tails', 'arguments') with z 1.959963984540054 -> upper_tail 0.025
    reference: see _normal_scaled_tail for the polynomial. exp(-z^2 / 2) is split at c, z rounded
        down to a 16th, as in Cody (1969), Rational Chebyshev approximations for the error
        function: c^2 is exact, and (z - c)(z + c) small. -#}
{%- macro normal_tail(name, arguments) -%}
{{ name }}__arguments as (

    select distinct {{ _as_argument('z') }} as z
    from {{ arguments }}
    where {{ _is_number('z') }}

),

{{ name }}__magnitudes as (

    select
        z,
        -- beyond 39 the tail is 0.0
        least(abs(z), 1.0e2) as magnitude
    from {{ name }}__arguments

),

{{ _normal_scaled_tail(name ~ '__scaled', name ~ '__magnitudes', ['z']) }},

{{ name }}__splits as (

    select
        *,
        floor(magnitude * 1.6e1) / 1.6e1 as split_at
    from {{ name }}__scaled

),

{{ name }}__tails as (

    select
        z,
        least(
            5.0e-1,
            exp(-5.0e-1 * split_at * split_at)
            * exp(-5.0e-1 * (magnitude - split_at) * (magnitude + split_at))
            * scaled_tail
        ) as magnitude_tail
    from {{ name }}__splits

),

{{ name }} as (

    select
        z,
        case
            when z < 0.0e0 then 1.0e0 - magnitude_tail
            else magnitude_tail
        end as upper_tail
    from {{ name }}__tails

)
{%- endmacro -%}
