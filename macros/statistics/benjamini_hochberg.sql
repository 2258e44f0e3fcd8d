{#- Benjamini and Hochberg's adjustment of p-values, which holds the false discovery rate.

    Adds `adjusted` to each row of `rows`; a missing p-value counts as 1 in its family.

    name: name of the CTE that comes out
    rows: name of a CTE
    p_value: name of its column with the p-value
    family: names of the columns whose values make a family, at least one
    adjusted: name of the column that is added
    returns: CTEs, the last one called `name`
    example: 0.01, 0.02, 0.04 -> 0.03, 0.03, 0.04
    reference: Benjamini and Hochberg (1995); equals statsmodels' multipletests(method='fdr_bh') -#}
{%- macro benjamini_hochberg(name, rows, p_value, family, adjusted='p_value_adjusted') -%}
{%- if not execute -%}
    {{ return(name ~ ' as (select *, 1.0e0 as ' ~ adjusted ~ ' from ' ~ rows ~ ')') }}
{%- endif -%}
{{ _ranked_p_values(name ~ '__ranked', rows, p_value, family) }},

{{ name }} as (

    select
        {{ all_but(['ranked_p_value', 'p_value_rank', 'family_size']) }},
        min(
            least(1.0e0, ranked_p_value * family_size / p_value_rank)
        ) over (
            partition by {{ family | join(', ') }}
            order by p_value_rank
            rows between current row and unbounded following
        ) as {{ adjusted }}
    from {{ name }}__ranked

)
{%- endmacro -%}
