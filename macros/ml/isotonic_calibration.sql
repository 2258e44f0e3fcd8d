{#- The probability that a score stands for: an isotonic fit over bins of reference scores, per key.

    Scores are binned by quantiles of their weight, equal ones together. The fit of a bin is the
    greatest, over bins that a block of neighbours may begin with up to it, of the least mean
    outcome, over bins that the block may end with from it on: the non-decreasing function with the
    least weighted squared error.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per reference prediction: the keys, a score and its outcome
    keys: names of the columns to group by, none of them null
    score: expression of the score
    outcome: expression of 0 or 1; a row without a score, an outcome or a positive weight does not
        count
    weight: expression
    bins: how many bins at most
    returns: CTEs, the last one called `name`, one row per keys and bin: bin_number, bin_score (mean),
        bin_outcome (mean), bin_weight, bin_count, calibrated_score. A key has no rows where its
        outcomes are all alike
    example: bins with outcomes 0.1, 0.3, 0.2, 0.5, equal weights -> 0.1, 0.25, 0.25, 0.5
    reference: Barlow, Bartholomew, Bremner, Brunk (1972) for the max-min formula; equals
        scikit-learn's IsotonicRegression on the bins -#}
{%- macro isotonic_calibration(
    name,
    rows,
    keys,
    score='score',
    outcome='outcome',
    weight='1',
    bins=100
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__predictions as (

    select
        {{ keyed }},
        {{ _finite(score) }} as score,
        {{ _finite(outcome) }} as outcome,
        cast({{ weight }} as double) as weight
    from {{ rows }}

),

{{ name }}__scores as (

    select
        {{ keyed }},
        score,
        count(*) as score_count,
        sum(weight) as weight,
        sum(weight * outcome) as positive_weight
    from {{ name }}__predictions
    where score is not null and outcome is not null and weight > 0
    group by
        {{ keyed }},
        score

),

{{ name }}__binned_scores as (

    -- by the middle of a score's place among all
    select
        *,
        least(
            floor(
                {{ bins }} * ((sum(weight) over up_to_score) - 0.5e0 * weight)
                / (sum(weight) over all_scores)
            ) + 1,
            {{ bins }}
        ) as score_bin
    from {{ name }}__scores
    window
        up_to_score as (
            partition by
                {{ keys | join(',\n                ') }}
            order by score
            rows between unbounded preceding and current row
        ),
        all_scores as (
            partition by
                {{ keys | join(',\n                ') }}
            order by score
            rows between unbounded preceding and unbounded following
        )

),

{{ name }}__score_bins as (

    select
        {{ keyed }},
        score_bin,
        sum(score_count) as bin_count,
        sum(weight) as bin_weight,
        sum(weight * score) / sum(weight) as bin_score,
        sum(positive_weight) as positive_weight
    from {{ name }}__binned_scores
    group by
        {{ keyed }},
        score_bin

),

{{ name }}__bins as (

    -- what comes before a bin, to take the mean of any block of bins; in brackets, as Spark reads
    -- `window - column` as a name
    select
        *,
        row_number() over up_to_bin as bin_number,
        sum(bin_weight) over up_to_bin as weight_through,
        sum(positive_weight) over up_to_bin as positives_through,
        (sum(bin_weight) over up_to_bin) - bin_weight as weight_before,
        (sum(positive_weight) over up_to_bin) - positive_weight as positives_before,
        sum(positive_weight) over all_bins as positives,
        (sum(bin_weight) over all_bins) - (sum(positive_weight) over all_bins) as negatives
    from {{ name }}__score_bins
    window
        up_to_bin as (
            partition by
                {{ keys | join(',\n                ') }}
            order by score_bin
            rows between unbounded preceding and current row
        ),
        all_bins as (
            partition by
                {{ keys | join(',\n                ') }}
            order by score_bin
            rows between unbounded preceding and unbounded following
        )

),

{{ name }}__blocks as (

    select
        {%- for key in keys %}
        last_bins.{{ key }},
        {%- endfor %}
        last_bins.bin_number,
        last_bins.bin_count,
        last_bins.bin_weight,
        last_bins.bin_score,
        last_bins.positive_weight / last_bins.bin_weight as bin_outcome,
        first_bins.bin_number as first_bin,
        (last_bins.positives_through - first_bins.positives_before)
        / (last_bins.weight_through - first_bins.weight_before) as block_outcome
    from {{ name }}__bins as last_bins
    inner join {{ name }}__bins as first_bins
        on
            {{ _same(keys, 'last_bins', 'first_bins') }}
            and last_bins.bin_number >= first_bins.bin_number
    where last_bins.positives > 0 and last_bins.negatives > 0

),

{{ name }}__least_blocks as (

    select
        *,
        min(block_outcome) over (
            partition by
                {{ keys | join(',\n                ') }},
                first_bin
            order by bin_number desc
            rows between unbounded preceding and current row
        ) as least_outcome
    from {{ name }}__blocks

),

{{ name }} as (

    select
        {{ keyed }},
        bin_number,
        max(bin_score) as bin_score,
        max(bin_outcome) as bin_outcome,
        max(bin_weight) as bin_weight,
        max(bin_count) as bin_count,
        max(least_outcome) as calibrated_score
    from {{ name }}__least_blocks
    group by
        {{ keyed }},
        bin_number

)
{%- endmacro -%}
