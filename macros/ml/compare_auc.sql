{#- DeLong's test of two ROC AUCs on the same predictions, per key.

    A positive's placement is the share of negatives below its score, a negative's the share of
    positives above it, ties counted half; an AUC is the mean of either. The variance of the
    difference comes from the differences of the two scores' placements.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction that both versions made: the keys, two scores and
        the outcome
    keys: names of the columns to group by, none of them null
    first_score, second_score: expressions of the scores; a row without one of them does not count
    outcome: expression of 0 or 1, null as long as it is not known
    alpha: expression, the same in all rows of a key: 1 - confidence of the interval
    returns: CTEs, the last one called `name`, one row per keys: first_auc, second_auc, effect
        (second less first), standard_error, statistic, p_value (two-sided), effect_ci_lower,
        effect_ci_upper, prediction_count (pairs with an outcome), positive_count, reason (why there
        is no p-value): no_predictions, not_matured, one_class_only, too_few (one positive or
        negative), constant_scores (both), zero_variance
    example: see tests/python/test_ml_measures.py
    reference: DeLong, DeLong, Clarke-Pearson (1988); Sun, Xu (2014) for midranks -#}
{%- macro compare_auc(
    name,
    rows,
    keys,
    first_score='first_score',
    second_score='second_score',
    outcome='outcome',
    alpha='5.0e-2'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__scored as (

    select
        {{ keyed }},
        {{ _finite(first_score) }} as first_score,
        {{ _finite(second_score) }} as second_score,
        {{ outcome }} as outcome,
        {{ alpha }} as alpha
    from {{ rows }}

),

{{ name }}__pairs as (

    -- a row that does not count stays, as neither positive nor negative, for its key's sake
    select
        *,
        case when first_score + second_score is not null then 1 else 0 end as is_pair,
        case when first_score + second_score is not null and outcome = 1 then 1 else 0 end
            as is_positive,
        case when first_score + second_score is not null and outcome = 0 then 1 else 0 end
            as is_negative
    from {{ name }}__scored

),

{{ name }}__placed as (

    -- twice how many of the other class the score beats
    select
        *,
        {%- for side in ('first', 'second') %}
        case
            when is_positive = 1
                then
                    (sum(is_negative) over up_to_{{ side }})
                    + (sum(is_negative) over all_pairs)
                    - (sum(is_negative) over from_{{ side }})
            when is_negative = 1
                then
                    (sum(is_positive) over from_{{ side }})
                    + (sum(is_positive) over all_pairs)
                    - (sum(is_positive) over up_to_{{ side }})
        end as {{ side }}_wins{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__pairs
    window
        all_pairs as (
            partition by
                {{ keys | join(',\n                ') }}
        )
        {%- for side in ('first', 'second') %},
        up_to_{{ side }} as (
            partition by
                {{ keys | join(',\n                ') }}
            order by {{ side }}_score
            range between unbounded preceding and current row
        ),
        from_{{ side }} as (
            partition by
                {{ keys | join(',\n                ') }}
            order by {{ side }}_score
            range between current row and unbounded following
        )
        {%- endfor %}

),

{{ name }}__moments as (

    select
        {{ keyed }},
        max(cast(alpha as double)) as alpha,
        sum(is_pair) as pair_count,
        cast(sum(is_positive) as double) as positive_count,
        cast(sum(is_negative) as double) as negative_count,
        avg(case when is_positive = 1 then cast(first_wins as double) end) as first_wins,
        avg(case when is_positive = 1 then cast(second_wins as double) end) as second_wins,
        avg(case when is_positive = 1 then cast(second_wins - first_wins as double) end)
            as win_difference,
        var_samp(case when is_positive = 1 then cast(second_wins - first_wins as double) end)
            as variance_of_positives,
        var_samp(case when is_negative = 1 then cast(second_wins - first_wins as double) end)
            as variance_of_negatives,
        case
            when
                min(first_score) = max(first_score) and min(second_score) = max(second_score)
                then 'constant_scores'
            else 'zero_variance'
        end as reason_without_variance
    from {{ name }}__placed
    group by
        {{ keyed }}

),

{{ name }}__errors as (

    select
        *,
        first_wins / nullif(2 * negative_count, 0) as first_auc,
        second_wins / nullif(2 * negative_count, 0) as second_auc,
        win_difference / nullif(2 * negative_count, 0) as effect,
        sqrt(nullif(
            variance_of_positives / nullif(4 * negative_count * negative_count * positive_count, 0)
            + variance_of_negatives
            / nullif(4 * positive_count * positive_count * negative_count, 0),
            0
        )) as standard_error
    from {{ name }}__moments

),

{{ name }}__statistics as (

    select
        *,
        effect / standard_error as statistic
    from {{ name }}__errors

),

{{ normal_tail(name ~ '__tails', name ~ '__statistics', 'abs(statistic)', upper_tail='tail') }},

{{ normal_quantile(name ~ '__quantiles', name ~ '__tails', 'alpha / 2', z='half_width') }},

{{ name }} as (

    select
        {{ keyed }},
        first_auc,
        second_auc,
        effect,
        standard_error,
        statistic,
        2 * tail as p_value,
        effect - half_width * standard_error as effect_ci_lower,
        effect + half_width * standard_error as effect_ci_upper,
        cast(positive_count + negative_count as bigint) as prediction_count,
        cast(positive_count as bigint) as positive_count,
        case
            when pair_count = 0 then 'no_predictions'
            when positive_count + negative_count = 0 then 'not_matured'
            when positive_count = 0 or negative_count = 0 then 'one_class_only'
            when positive_count = 1 or negative_count = 1 then 'too_few'
            when standard_error is null then reason_without_variance
        end as reason
    from {{ name }}__quantiles

)
{%- endmacro -%}
