{#- Pearson's chi-square test of observed against expected counts.

    name: name of the CTE that comes out
    cells: name of a CTE, one row per cell: the keys, observed, expected, and degrees_of_freedom
        (of the whole test, the same in all its cells; 1 to 64)
    keys: names of the columns that make a test
    returns: CTEs, the last one called `name`: the keys, statistic, degrees_of_freedom,
        smallest_expected, p_value. The last is null where a cell expects fewer than 5, which the
        approximation does not hold for, without a degree of freedom and with more than 64
    example: observed 44700 and 45489, expected 45094.5 each, 1 degree of freedom ->
        statistic 6.902, p_value 0.0086
    reference: Pearson (1900); equals scipy's chisquare and chi2_contingency(correction=False) -#}
{%- macro chi_square_test(name, cells, keys) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ cells ~ ')') }}{%- endif -%}
{{ name }}__sums as (

    select
        {{ keys | join(',\n        ') }},
        -- as decimals: a sum of doubles depends on the order of the cells
        cast(
            sum(
                cast(
                    (cast(observed as double) - expected) * (cast(observed as double) - expected)
                    / nullif(expected, 0) as decimal(38, 15)
                )
            ) as double
        ) as statistic,
        max(cast(degrees_of_freedom as double)) as degrees_of_freedom,
        min(expected) as smallest_expected
    from {{ cells }}
    group by
        {{ keys | join(',\n        ') }}

),

{{ chi_square_tail(name ~ '__tails', name ~ '__sums') }},

{{ name }} as (

    select
        {{ all_but(['upper_tail']) }},
        case when smallest_expected >= 5 then upper_tail end as p_value
    from {{ name }}__tails

)
{%- endmacro -%}
