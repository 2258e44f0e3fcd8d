{#- The upper tail of the chi-square distribution, P(X > statistic), for 1 to 64 degrees of freedom.

    Relative error below 1e-13, down to 1e-300; beyond the smallest double the tail is 0.0.

    name: name of the last CTE: one row per distinct statistic and degrees_of_freedom:
        statistic, degrees_of_freedom, upper_tail
    arguments: name of a CTE with the numeric columns statistic and degrees_of_freedom; rows where
        either is null or NaN, statistic below 0, or degrees_of_freedom no integer from 1 to 64, are
        left out
    returns: CTEs, without a comma before the first or after the last
    example: chi_square_tail('tails', 'arguments') with statistic 3.841458820694124 and
        degrees_of_freedom 1 -> upper_tail 0.05
    reference: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
        With h = statistic / 2, m terms and odd = 0 or 1/2, the tail is exp(-h) times
            1 + h / 1 + h^2 / (1 2) + ... for even degrees of freedom,
            2 q + 2 sqrt(h / pi) (1 + h / 1.5 + h^2 / (1.5 2.5) + ...) for odd ones,
        q being the scaled normal tail of sqrt(statistic). The literal is 2 / sqrt(pi). -#}
{%- macro chi_square_tail(name, arguments) -%}
{%- set keys = ['statistic', 'degrees_of_freedom'] -%}
{{ name }}__arguments as (

    select distinct
        {{ _as_argument('statistic') }} as statistic,
        cast(degrees_of_freedom as double) as degrees_of_freedom
    from {{ arguments }}
    where
        {{ _is_number('statistic') }}
        and statistic >= 0.0e0
        and degrees_of_freedom between 1 and 64
        and degrees_of_freedom = floor(degrees_of_freedom)

),

{{ name }}__halves as (

    select
        {{ _carried(keys) }}
        -- beyond 2000 the tail is 0.0
        5.0e-1 * least(statistic, 1.0e4) as h,
        sqrt(least(statistic, 1.0e4)) as magnitude,
        floor(degrees_of_freedom / 2.0e0) as term_count,
        5.0e-1 * degrees_of_freedom - floor(degrees_of_freedom / 2.0e0) as odd
    from {{ name }}__arguments

),

{{ _normal_scaled_tail(
    name ~ '__scaled', name ~ '__halves', keys + ['h', 'term_count', 'odd']
) }},

-- each term by the one before it; 0 from the first on that is not there
{{ name }}__ratios as (

    select
        *,
        {%- for term in range(1, 32) %}
        case when term_count > {{ term }} then h / ({{ term }}.0e0 + odd) else 0.0e0 end
            as ratio_{{ term }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__scaled

),
{% for first in range(29, 0, -4) %}
{{ name }}__terms_{{ first }} as (

    select
        *,
        {% for term in range(first, [first + 4, 32] | min) -%}
        {{ '(' if not loop.first }}1.0e0 + ratio_{{ term }}{{ ' * ' if term < 31 }}
        {%- endfor -%}
        {{ 'series_' ~ (first + 4) ~ ')))' if first < 29 else '))' }}
            as series_{{ first }}
    from {{ name }}__{{ 'ratios' if first == 29 else 'terms_' ~ (first + 4) }}

),
{% endfor %}
{{ name }}__bodies as (

    select
        {{ _carried(keys) }}
        h,
        case
            when odd = 0.0e0 then series_1
            when term_count = 0.0e0 then 2.0e0 * scaled_tail
            else 2.0e0 * scaled_tail + 1.1283791670955126e0 * sqrt(h) * series_1
        end as body
    from {{ name }}__terms_1

),

-- exp(-h) by halves: alone it would underflow where its product with the series does not
{{ name }} as (

    select
        {{ _carried(keys) }}
        least(1.0e0, exp(-5.0e-1 * h) * body * exp(-5.0e-1 * h)) as upper_tail
    from {{ name }}__bodies

)
{%- endmacro -%}
