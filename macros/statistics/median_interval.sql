{#- Medians by key, each with the narrowest symmetric pair of order statistics that holds the
    median of the population with 95 % confidence or more.

    The r-th smallest of n values lies above the median with the probability that fewer than r of n
    fair coins fall one way. That sum of binomial terms is exact; no shape of the values is assumed.
    Below six values no pair is wide enough, and the bounds are null.

    name: name of the last CTE
    rows: name of a CTE with the keys, none of them null, and the value; rows without a value do
        not count
    keys: names of the columns to group by
    value: a numeric expression on its columns
    returns: CTEs, without a comma before the first or after the last; one row per key with
        value_count, median (interpolated), median_low, median_high
    example: 1, 2, 3, 4, 5, 6 -> median 3.5, from 1 to 6; 1 to 5 -> median 3 without bounds
    reference: Conover (1999), Practical Nonparametric Statistics, 3.2; equals the ranks of scipy's
        binom.ppf. The literal is ln 2. -#}
{%- macro median_interval(name, rows, keys, value='value') -%}
{%- set keyed = keys | join(',\n        ') -%}
{%- set partition = keys | join(', ') -%}
{{ name }}__values as (

    select
        {{ keyed }},
        cast({{ value }} as double) as ranked_value
    from {{ rows }}
    where {{ value }} is not null

),

{{ name }}__ranked as (

    select
        *,
        cast(
            row_number() over (
                partition by {{ partition }} order by ranked_value
            ) as double
        ) as value_rank,
        cast(count(*) over (partition by {{ partition }}) as double) as value_count
    from {{ name }}__values

),

-- the ln of the number of ways to choose as many as the rank
{{ name }}__ways as (

    select
        *,
        sum(ln((value_count - value_rank + 1.0e0) / value_rank)) over (
            partition by {{ partition }} order by value_rank
            rows between unbounded preceding and current row
        ) as log_ways
    from {{ name }}__ranked

),

-- up to the rank before: the chance that fewer than rank of the coins fall one way
{{ name }}__tails as (

    select
        *,
        exp(value_count * -6.931471805599453e-1)
        + coalesce(
            sum(exp(log_ways - value_count * 6.931471805599453e-1)) over (
                partition by {{ partition }} order by value_rank
                rows between unbounded preceding and 1 preceding
            ),
            0.0e0
        ) as tail
    from {{ name }}__ways

),

{{ name }}__depths as (

    select
        *,
        count(case when tail <= 2.5e-2 then 1 end) over (partition by {{ partition }})
            as rank_low
    from {{ name }}__tails

),

{{ name }} as (

    select
        {{ keyed }},
        cast(max(value_count) as bigint) as value_count,
        percentile_cont(0.5) within group (order by ranked_value) as median,
        max(case when value_rank = rank_low then ranked_value end) as median_low,
        max(
            case
                when rank_low > 0 and value_rank = value_count - rank_low + 1 then ranked_value
            end
        ) as median_high
    from {{ name }}__depths
    group by
        {{ keyed }}

)
{%- endmacro -%}
