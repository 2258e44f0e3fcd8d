{#- Whether a smaller value of a measure of models is the better one, named as tables show it.

    metric_name: expression of the measure's name
    returns: a boolean expression, false for a measure that it does not know
    example: is_lower_better("'log_loss'") -> true; is_lower_better("'roc_auc'") -> false -#}
{%- macro is_lower_better(metric_name) -%}
coalesce({{ metric_name }} in (
            'log_loss', 'brier_score', 'expected_calibration_error', 'rmse', 'mae'
        ), false)
{%- endmacro -%}
