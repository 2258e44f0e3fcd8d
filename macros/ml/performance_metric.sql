{#- A measure of models by the name that tables show it under.

    metric_name: an expression of the name that a macro or a registration gives it
    returns: an expression of type text
    example: performance_metric("'brier'") -> 'brier_score'; 'roc_auc' stays -#}
{%- macro performance_metric(metric_name) -%}
case {{ metric_name }}
            when 'brier' then 'brier_score'
            when 'calibration_error' then 'expected_calibration_error'
            else {{ metric_name }}
        end
{%- endmacro -%}
