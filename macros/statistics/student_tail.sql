{#- The upper tail of Student's t distribution, P(T > statistic), to full relative precision.

    Adds `upper_tail` to each row of `rows`; null where an argument is null or NaN, or the degrees
    of freedom are below 1. They may be any real number from there on, as Welch's test needs. A
    two-sided p-value is twice the tail of abs(statistic). Relative error for statistic >= 0: below
    1e-12, down to 1e-300; beyond the smallest double the tail is 0.0.

    name: name of the last CTE
    rows: name of a CTE, none of whose columns starts with `student_`
    statistic, degrees_of_freedom: numeric expressions on its columns
    upper_tail: name of the column that is added
    returns: CTEs, without a comma before the first or after the last
        Spark works literals out one inside the other: give it columns of a table
    example: student_tail('tails', 'rows') with statistic 12.706204736174698 and
        degrees_of_freedom 1 -> upper_tail 0.025
    reference: see _student_core -#}
{%- macro student_tail(
    name,
    rows,
    statistic='statistic',
    degrees_of_freedom='degrees_of_freedom',
    upper_tail='upper_tail'
) -%}
{{ name }}__arguments as (

    select
        *,
        -- NaN is above infinity
        case
            when {{ statistic }} <= cast('infinity' as double)
                then cast({{ statistic }} as double)
        end as student_statistic,
        case
            when
                {{ degrees_of_freedom }} <= cast('infinity' as double)
                and {{ degrees_of_freedom }} >= 1.0e0
                then cast({{ degrees_of_freedom }} as double)
        end as student_degrees
    from {{ rows }}

),

{{ name }}__slopes as (

    select
        *,
        student_statistic * (student_statistic / student_degrees) as student_square,
        abs(student_statistic) / sqrt(student_degrees) as student_slope
    from {{ name }}__arguments

),

-- slope = sinh(u); the square of a large one is not taken, for it may overflow
{{ name }}__curves as (

    select
        *,
        case
            when student_slope <= 1.0e0 then student_slope / sqrt(1.0e0 + student_square)
            else 1.0e0 / sqrt(1.0e0 + (1.0e0 / student_slope) * (1.0e0 / student_slope))
        end as student_tangent,
        case
            when student_slope <= 1.0e0 then atanh(student_square / (2.0e0 + student_square))
            else
                ln(student_slope)
                + atanh(
                    (1.0e0 / student_slope) * (1.0e0 / student_slope)
                    / (2.0e0 + (1.0e0 / student_slope) * (1.0e0 / student_slope))
                )
        end as student_log_cosh
    from {{ name }}__slopes

),

{{ _student_core(name ~ '__core', name ~ '__curves') }},

{{ name }}__tails as (

    select
        *,
        least(5.0e-1, exp(-1.0e0 * student_degrees * student_log_cosh) * student_body)
            as student_magnitude_tail
    from {{ name }}__core

),

{{ name }} as (

    select
        {{ all_but([
            'student_statistic', 'student_degrees', 'student_square', 'student_slope',
            'student_tangent', 'student_log_cosh', 'student_body', 'student_density_scale',
            'student_magnitude_tail',
        ]) }},
        case
            when student_degrees is null then null
            when student_statistic < 0.0e0 then 1.0e0 - student_magnitude_tail
            when student_statistic >= 0.0e0 then student_magnitude_tail
        end as {{ upper_tail }}
    from {{ name }}__tails

)
{%- endmacro -%}
