{#- How well a binary classifier did, per key: ranking, probabilities and decisions.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction: the keys, a score and its outcome
    keys: names of the columns to group by, none of them null
    score: expression of the predicted probability; null, NaN and infinite ones are no predictions
    outcome: expression of 0 or 1, null as long as it is not known; or a share of positives between
        them; any other number counts as not known
    threshold: expression, the same in all rows of a key: a score from there on is a positive
    top_share: expression, likewise: the share of best scores whose lift is measured, rounded up to
        whole predictions
    returns: CTEs, the last one called `name`, one row per keys and metric_name: value, reason (why
        the value is null), prediction_count, mature_count (predictions with an outcome) and
        positive_count (its positives).
        metric_name: roc_auc (ties count half), log_loss, brier, calibration_error (expected; 10
        bins (a, b]), precision, recall, specificity, f1, accuracy, lift, positive_share.
        reason: no_predictions, not_matured, one_class_only, no_predicted_positives,
        not_probabilities (a score outside [0, 1])
    example: scores 0.9, 0.6, 0.3 with outcomes 1, 0, 1 -> roc_auc 0.5, brier 0.287, precision 0.5
    reference: equals scikit-learn's roc_auc_score, log_loss, brier_score_loss, precision_score, ...;
        Naeini, Cooper, Hauskrecht (2015) for the calibration error -#}
{%- macro classification_measures(
    name,
    rows,
    keys,
    score='score',
    outcome='outcome',
    threshold='5.0e-1',
    top_share='1.0e-1'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{{ _classification(name, rows, keys, score, outcome, threshold, top_share, [
    'roc_auc', 'log_loss', 'brier', 'calibration_error', 'precision', 'recall', 'specificity', 'f1',
    'accuracy', 'lift', 'positive_share',
], unknown='not_matured') }}
{%- endmacro -%}
