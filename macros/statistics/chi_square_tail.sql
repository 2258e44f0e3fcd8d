{#- The upper tail of the chi-square distribution, P(X > statistic), for 1 to 64 degrees of freedom.

    Adds `upper_tail` to each row of `rows`; null where an argument is null or NaN, the statistic
    below 0, or the degrees of freedom no integer from 1 to 64. Relative error below 1e-13, down to
    1e-300; beyond the smallest double the tail is 0.0.

    name: name of the last CTE
    rows: name of a CTE, none of whose columns starts with `chi_square_` or `normal_`
    statistic, degrees_of_freedom: numeric expressions on its columns
    upper_tail: name of the column that is added
    returns: CTEs, without a comma before the first or after the last
        Spark works literals out one inside the other: give it columns of a table
    example: chi_square_tail('tails', 'rows') with statistic 3.841458820694124 and
        degrees_of_freedom 1 -> upper_tail 0.05
    reference: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
        With h = statistic / 2, m terms and odd = 0 or 1/2, the tail is exp(-h) times
            1 + h / 1 + h^2 / (1 2) + ... for even degrees of freedom,
            2 q + 2 sqrt(h / pi) (1 + h / 1.5 + h^2 / (1.5 2.5) + ...) for odd ones,
        q being the scaled normal tail of sqrt(statistic). The literal is 2 / sqrt(pi). -#}
{%- macro chi_square_tail(
    name,
    rows,
    statistic='statistic',
    degrees_of_freedom='degrees_of_freedom',
    upper_tail='upper_tail'
) -%}
{{ name }}__arguments as (

    select
        *,
        case
            when
                {{ statistic }} <= cast('infinity' as double)
                and {{ statistic }} >= 0.0e0
                -- beyond 2000 the tail is 0.0
                then 5.0e-1 * least(cast({{ statistic }} as double), 1.0e4)
        end as chi_square_h,
        case
            when
                {{ degrees_of_freedom }} between 1 and 64
                and {{ degrees_of_freedom }} = floor({{ degrees_of_freedom }})
                then cast({{ degrees_of_freedom }} as double)
        end as chi_square_degrees
    from {{ rows }}

),

{{ name }}__halves as (

    select
        *,
        sqrt(2.0e0 * chi_square_h) as normal_magnitude,
        floor(chi_square_degrees / 2.0e0) as chi_square_terms,
        5.0e-1 * chi_square_degrees - floor(chi_square_degrees / 2.0e0) as chi_square_odd
    from {{ name }}__arguments

),

{{ _normal_scaled_tail(name ~ '__scaled', name ~ '__halves') }},

-- each term by the one before it; 0 from the first on that is not there
{{ name }}__ratios as (

    select
        *,
        {%- for term in range(1, 32) %}
        case
            when chi_square_terms > {{ term }} then chi_square_h / ({{ term }}.0e0 + chi_square_odd)
            else 0.0e0
        end as chi_square_ratio_{{ term }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__scaled

),
{% for first in range(29, 0, -4) %}
{{ name }}__terms_{{ first }} as (

    select
        *,
        1.0e0 + chi_square_ratio_{{ first }} * (1.0e0 + chi_square_ratio_{{ first + 1 }} * (
            1.0e0 + chi_square_ratio_{{ first + 2 }}
            {%- if first < 29 %} * (1.0e0 + chi_square_ratio_{{ first + 3 }} * chi_square_series_{{ first + 4 }})
            {%- endif %}
        )) as chi_square_series_{{ first }}
    from {{ name }}__{{ 'ratios' if first == 29 else 'terms_' ~ (first + 4) }}

),
{% endfor %}
{{ name }}__bodies as (

    select
        *,
        case
            when chi_square_odd = 0.0e0 then chi_square_series_1
            when chi_square_terms = 0.0e0 then 2.0e0 * normal_scaled_tail
            else
                2.0e0 * normal_scaled_tail
                + 1.1283791670955126e0 * sqrt(chi_square_h) * chi_square_series_1
        end as chi_square_body
    from {{ name }}__terms_1

),

-- exp(-h) by halves: alone it would underflow where its product with the series does not
{{ name }} as (

    select
        {{ all_but(
            [
                'chi_square_h', 'chi_square_degrees', 'chi_square_terms', 'chi_square_odd',
                'chi_square_body', 'normal_magnitude', 'normal_scaled_tail',
            ]
            + _numbered('chi_square_ratio_', range(1, 32))
            + _numbered('chi_square_series_', range(1, 30, 4))
        ) }},
        case
            when chi_square_h is not null and chi_square_degrees is not null
                then
                    least(
                        1.0e0,
                        exp(-5.0e-1 * chi_square_h) * chi_square_body * exp(-5.0e-1 * chi_square_h)
                    )
        end as {{ upper_tail }}
    from {{ name }}__bodies

)
{%- endmacro -%}
