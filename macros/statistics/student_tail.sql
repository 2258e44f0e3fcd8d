{#- The upper tail of Student's t distribution, P(T > statistic), to full relative precision.

    Any real degrees of freedom from 1 on, as Welch's test needs. A two-sided p-value is twice the
    tail of abs(statistic). Relative error for statistic >= 0: below 1e-12, down to 1e-300; beyond
    the smallest double the tail is 0.0.

    name: name of the last CTE: one row per distinct statistic and degrees_of_freedom:
        statistic, degrees_of_freedom, upper_tail
    arguments: name of a CTE with the numeric columns statistic and degrees_of_freedom; rows where
        either is null or NaN, or degrees_of_freedom below 1, are left out
    returns: CTEs, without a comma before the first or after the last
    example: student_tail('tails', 'arguments') with statistic 12.706204736174698 and
        degrees_of_freedom 1 -> upper_tail 0.025
    reference: see _student_core -#}
{%- macro student_tail(name, arguments) -%}
{%- set keys = ['statistic', 'degrees_of_freedom'] -%}
{{ name }}__arguments as (

    select distinct
        {{ _as_argument('statistic') }} as statistic,
        cast(degrees_of_freedom as double) as degrees_of_freedom
    from {{ arguments }}
    where
        {{ _is_number('statistic') }}
        and {{ _is_number('degrees_of_freedom') }}
        and degrees_of_freedom >= 1.0e0

),

{{ name }}__slopes as (

    select
        {{ _carried(keys) }}
        statistic * (statistic / degrees_of_freedom) as square,
        abs(statistic) / sqrt(degrees_of_freedom) as slope
    from {{ name }}__arguments

),

-- slope = sinh(u); the square of a large one is not taken, for it may overflow
{{ name }}__curves as (

    select
        {{ _carried(keys) }}
        case
            when slope <= 1.0e0 then slope / sqrt(1.0e0 + square)
            else 1.0e0 / sqrt(1.0e0 + (1.0e0 / slope) * (1.0e0 / slope))
        end as tangent,
        case
            when slope <= 1.0e0 then atanh(square / (2.0e0 + square))
            else
                ln(slope)
                + atanh(
                    (1.0e0 / slope) * (1.0e0 / slope)
                    / (2.0e0 + (1.0e0 / slope) * (1.0e0 / slope))
                )
        end as log_cosh
    from {{ name }}__slopes

),

{{ _legendre_nodes(name ~ '__nodes') }},

{{ _student_core(name ~ '__core', name ~ '__curves', name ~ '__nodes', ['statistic']) }},

{{ name }}__tails as (

    select
        {{ _carried(keys) }}
        least(5.0e-1, exp(-1.0e0 * degrees_of_freedom * log_cosh) * body) as magnitude_tail
    from {{ name }}__core

),

{{ name }} as (

    select
        {{ _carried(keys) }}
        case
            when statistic < 0.0e0 then 1.0e0 - magnitude_tail
            else magnitude_tail
        end as upper_tail
    from {{ name }}__tails

)
{%- endmacro -%}
