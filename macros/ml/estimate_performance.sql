{#- What a binary classifier's measures are expected to be before outcomes are known (CBPE).

    Every prediction counts as a positive with its calibrated probability and as a negative with the
    rest, in the place of its outcome. That holds as long as the calibration does: a changed relation
    between features and outcome (concept drift) cannot be seen.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction: the keys, a score and a calibrated probability
    keys: names of the columns to group by, none of them null
    score: expression of the score that predictions are ranked, decided and judged by
    probability: expression of the calibrated probability of a positive outcome, see
        `calibrated_scores`
    threshold, top_share: as in `classification_measures`
    returns: CTEs, as `classification_measures` but calibration_error, whose expectation this is
        not; mature_count are the predictions with a probability, positive_count the positives that
        are expected, and the reason of a key without a probability is no_reference
    example: scores 0.9 and 0.2 with probabilities 0.8 and 0.1 -> precision 0.8, recall 0.889
    reference: confidence-based performance estimation as in NannyML (docs, "How CBPE works"); equals
        it where the score is the probability, which it ranks by -#}
{%- macro estimate_performance(
    name,
    rows,
    keys,
    score='score',
    probability='calibrated_score',
    threshold='5.0e-1',
    top_share='1.0e-1'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{{ _classification(name, rows, keys, score, probability, threshold, top_share, [
    'roc_auc', 'log_loss', 'brier', 'precision', 'recall', 'specificity', 'f1', 'accuracy', 'lift',
    'positive_share',
], unknown='no_reference') }}
{%- endmacro -%}
