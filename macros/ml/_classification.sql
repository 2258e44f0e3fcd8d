{#- The measures of a binary classifier per key, from one row per key and distinct score.

    The outcome may be a share between 0 and 1, the probability of a positive one: then everything
    is what is expected under these probabilities.

    name, rows, keys, score, outcome, threshold, top_share: see `classification_measures`
    metrics: names of the measures that come out
    unknown: the reason where no prediction has an outcome
    returns: CTEs, see `classification_measures` -#}
{%- macro _classification(
    name, rows, keys, score, outcome, threshold, top_share, metrics, unknown
) -%}
{%- set keyed = keys | join(',\n        ') -%}
{#- name: (value, why there is none) -#}
{%- set formulas = {
    'roc_auc': (
        'ordered_pairs / nullif(positive_count * negative_count, 0)', 'one_class_only'
    ),
    'log_loss': ('case when are_probabilities then log_losses / mature_count end',
        'not_probabilities'),
    'brier': ('case when are_probabilities then squared_errors / mature_count end',
        'not_probabilities'),
    'calibration_error': ('case when are_probabilities then bin_gaps / mature_count end',
        'not_probabilities'),
    'precision': ('true_positives / nullif(predicted_positives, 0)', 'no_predicted_positives'),
    'recall': ('true_positives / nullif(positive_count, 0)', 'one_class_only'),
    'specificity': (
        '(negative_count - false_positives) / nullif(negative_count, 0)', 'one_class_only'
    ),
    'f1': (
        '2 * true_positives / nullif(predicted_positives + positive_count, 0)', 'one_class_only'
    ),
    'accuracy': ('(true_positives + negative_count - false_positives) / mature_count', unknown),
    'lift': (
        'top_positives / top_count / nullif(positive_count / mature_count, 0)', 'one_class_only'
    ),
    'positive_share': ('positive_count / mature_count', unknown),
} -%}
{{ name }}__predictions as (

    select
        {{ keyed }},
        {{ _finite(score) }} as score,
        case when {{ outcome }} >= 0 and {{ outcome }} <= 1 then cast({{ outcome }} as double) end
            as outcome,
        {{ threshold }} as threshold,
        {{ top_share }} as top_share
    from {{ rows }}

),

{{ name }}__scores as (

    -- counts as doubles, which are exact and add up faster
    select
        {{ keyed }},
        score,
        max(case when score >= threshold then 1 else 0 end) as is_predicted_positive,
        max(top_share) as top_share,
        cast(count(score) as double) as prediction_count,
        cast(count(score + outcome) as double) as mature_count,
        coalesce(sum(case when score is not null then outcome end), 0.0e0) as positive_count
    from {{ name }}__predictions
    group by
        {{ keyed }},
        score

),

{{ name }}__ranked_scores as (

    select
        *,
        mature_count - positive_count as negative_count,
        (sum(mature_count - positive_count) over up_to_score)
        - (mature_count - positive_count) as negatives_below,
        (sum(mature_count) over all_scores) - (sum(mature_count) over up_to_score)
            as mature_above,
        greatest(ceil((sum(mature_count) over all_scores) * top_share - 1.0e-9), 1) as top_count
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

{{ name }}__bins as (

    -- of equal scores at the edge of the top, each is in it with the same share
    select
        {{ keyed }},
        {{ _probability_bin('score') }} as bin_number,
        count(case when score < 0 or score > 1 then 1 end) as scores_outside,
        sum(prediction_count) as prediction_count,
        sum(mature_count) as mature_count,
        sum(positive_count) as positive_count,
        sum(score * mature_count) as score_sum,
        sum(positive_count * (negatives_below + 0.5e0 * negative_count)) as ordered_pairs,
        sum({{ log_loss('score', 'positive_count', 'negative_count') | indent(4) }}) as log_losses,
        sum({{ brier('score', 'positive_count', 'negative_count') | indent(4) }})
            as squared_errors,
        sum(is_predicted_positive * mature_count) as predicted_positives,
        sum(is_predicted_positive * positive_count) as true_positives,
        max(top_count) as top_count,
        sum(
            positive_count / nullif(mature_count, 0)
            * least(mature_count, greatest(top_count - mature_above, 0))
        ) as top_positives
    from {{ name }}__ranked_scores
    group by
        {{ keyed }},
        bin_number

),

{{ name }}__sums as (

    select
        {{ keyed }},
        sum(scores_outside) = 0 as are_probabilities,
        sum(prediction_count) as prediction_count,
        nullif(sum(mature_count), 0) as mature_count,
        sum(positive_count) as positive_count,
        sum(mature_count - positive_count) as negative_count,
        sum(ordered_pairs) as ordered_pairs,
        sum(log_losses) as log_losses,
        sum(squared_errors) as squared_errors,
        sum(abs(positive_count - score_sum)) as bin_gaps,
        sum(predicted_positives) as predicted_positives,
        sum(true_positives) as true_positives,
        sum(predicted_positives - true_positives) as false_positives,
        max(top_count) as top_count,
        sum(top_positives) as top_positives
    from {{ name }}__bins
    group by
        {{ keyed }}

),

{{ name }}__metrics (metric_name) as (

    values
    {%- for metric in metrics %}
    ('{{ metric }}'){{ ',' if not loop.last }}
    {%- endfor %}

),

{{ name }}__values as (

    select
        sums.*,
        metrics.metric_name,
        case metrics.metric_name
            {%- for metric in metrics %}
            when '{{ metric }}'
                then {{ formulas[metric][0] }}
            {%- endfor %}
        end as value
    from {{ name }}__sums as sums
    cross join {{ name }}__metrics as metrics

),

{{ name }} as (

    select
        {{ keyed }},
        metric_name,
        case when mature_count > 0 then value end as value,
        case
            when mature_count > 0 and value is not null then null
            when prediction_count = 0 then 'no_predictions'
            when mature_count is null then '{{ unknown }}'
            {%- for metric in metrics if formulas[metric][1] != unknown %}
            when metric_name = '{{ metric }}' then '{{ formulas[metric][1] }}'
            {%- endfor %}
        end as reason,
        cast(prediction_count as bigint) as prediction_count,
        cast(coalesce(mature_count, 0) as bigint) as mature_count,
        case when mature_count > 0 then positive_count end as positive_count
    from {{ name }}__values

)
{%- endmacro -%}
