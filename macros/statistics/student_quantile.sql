{#- The value that a Student t variable exceeds with a given probability.

    Adds `statistic` to each row of `rows`; null where an argument is null or NaN, the probability
    not inside (0, 1), or the degrees of freedom below 1; they may be any real number from there on.
    Error: below 1e-12 relative, absolute for values below 1; from 1e-300 up.

    name: name of the last CTE
    rows: name of a CTE, none of whose columns starts with `student_` or `normal_`
    upper_tail, degrees_of_freedom: numeric expressions on its columns
    statistic: name of the column that is added
    returns: CTEs, without a comma before the first or after the last
        Spark works literals out one inside the other: give it columns of a table
    example: student_quantile('quantiles', 'rows') with upper_tail 0.025 and
        degrees_of_freedom 1 -> statistic 12.706204736174698; 0.5 -> 0.0
    reference: Wallace (1959), Bounds on normal approximations to Student's and the chi-square
        distributions, for the first guess; see _student_quantile_step for the rest -#}
{%- macro student_quantile(
    name,
    rows,
    upper_tail='upper_tail',
    degrees_of_freedom='degrees_of_freedom',
    statistic='statistic'
) -%}
{{ name }}__arguments as (

    select
        *,
        case
            when {{ upper_tail }} > 0.0e0 and {{ upper_tail }} < 1.0e0
                then cast({{ upper_tail }} as double)
        end as student_upper_tail,
        -- NaN is above infinity
        case
            when
                {{ degrees_of_freedom }} <= cast('infinity' as double)
                and {{ degrees_of_freedom }} >= 1.0e0
                then cast({{ degrees_of_freedom }} as double)
        end as student_degrees
    from {{ rows }}

),

{{ name }}__logarithms as (

    select
        *,
        ln(least(student_upper_tail, 1.0e0 - student_upper_tail)) as normal_log_tail
    from {{ name }}__arguments

),

{{ _normal_quantile_start(name ~ '__normal', name ~ '__logarithms') }},

-- cosh(u)^2 = exp(growth), by Wallace's relation of t to z
{{ name }}__wallace as (

    select
        *,
        normal_magnitude * normal_magnitude / student_degrees
        * ((8.0e0 * student_degrees + 3.0e0) / (8.0e0 * student_degrees + 1.0e0))
        * ((8.0e0 * student_degrees + 3.0e0) / (8.0e0 * student_degrees + 1.0e0))
            as student_growth
    from {{ name }}__normal

),

-- beyond 700, sinh and cosh overflow
{{ name }}__start as (

    select
        {{ all_but(['normal_log_tail', 'normal_magnitude', 'student_growth']) }},
        normal_log_tail as student_log_tail,
        least(
            7.0e2,
            5.0e-1 * student_growth
            + ln(
                1.0e0
                + sqrt(
                    2.0e0
                    * sinh(5.0e-1 * least(student_growth, 1.0e2))
                    * exp(-5.0e-1 * student_growth)
                )
            )
        ) as student_angle
    from {{ name }}__wallace

),

{{ _student_quantile_step(name ~ '__first', name ~ '__start') }},

{{ _student_quantile_step(name ~ '__second', name ~ '__first') }},

{{ name }} as (

    select
        {{ all_but(
            ['student_upper_tail', 'student_degrees', 'student_log_tail', 'student_angle']
        ) }},
        case
            when student_degrees is null then null
            when student_upper_tail < 5.0e-1 then sqrt(student_degrees) * sinh(student_angle)
            when student_upper_tail > 5.0e-1
                then -1.0e0 * sqrt(student_degrees) * sinh(student_angle)
            when student_upper_tail = 5.0e-1 then 0.0e0
        end as {{ statistic }}
    from {{ name }}__second

)
{%- endmacro -%}
