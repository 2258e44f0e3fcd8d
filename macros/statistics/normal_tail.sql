{#- The upper tail of the standard normal distribution, P(Z > z), to full relative precision.

    Adds `upper_tail` to each row of `rows`; null where z is null or NaN. A two-sided p-value is
    twice the tail of abs(z); 1 - tail is only precise where tail is not small, and never needed
    for it. Relative error for z >= 0: below 2e-15, down to 1e-300; beyond the smallest double the
    tail is 0.0.

    name: name of the last CTE
    rows: name of a CTE, none of whose columns starts with `normal_`
    z: a numeric expression on its columns
    upper_tail: name of the column that is added
    returns: CTEs, without a comma before the first or after the last
        Spark works literals out one inside the other: give it columns of a table
    example: normal_tail('tails', 'rows') with z 1.959963984540054 -> upper_tail 0.025
    reference: see _normal_scaled_tail for the polynomial. exp(-z^2 / 2) is split at c, z rounded
        down to a 16th, as in Cody (1969), Rational Chebyshev approximations for the error
        function: c^2 is exact, and (z - c)(z + c) small. -#}
{%- macro normal_tail(name, rows, z='z', upper_tail='upper_tail') -%}
{{ name }}__arguments as (

    select
        *,
        -- NaN is above infinity
        case
            when {{ z }} <= cast('infinity' as double)
                then cast({{ z }} as double)
        end as normal_z
    from {{ rows }}

),

{{ name }}__magnitudes as (

    select
        *,
        -- beyond 39 the tail is 0.0
        least(abs(normal_z), 1.0e2) as normal_magnitude
    from {{ name }}__arguments

),

{{ _normal_scaled_tail(name ~ '__scaled', name ~ '__magnitudes') }},

{{ name }}__splits as (

    select
        *,
        floor(normal_magnitude * 1.6e1) / 1.6e1 as normal_split
    from {{ name }}__scaled

),

{{ name }}__tails as (

    select
        *,
        least(
            5.0e-1,
            exp(-5.0e-1 * normal_split * normal_split)
            * exp(-5.0e-1 * (normal_magnitude - normal_split) * (normal_magnitude + normal_split))
            * normal_scaled_tail
        ) as normal_magnitude_tail
    from {{ name }}__splits

),

{{ name }} as (

    select
        {{ all_but([
            'normal_z', 'normal_magnitude', 'normal_scaled_tail', 'normal_split',
            'normal_magnitude_tail',
        ]) }},
        case
            when normal_z < 0.0e0 then 1.0e0 - normal_magnitude_tail
            when normal_z >= 0.0e0 then normal_magnitude_tail
        end as {{ upper_tail }}
    from {{ name }}__tails

)
{%- endmacro -%}
