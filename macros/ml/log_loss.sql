{#- The log loss of a predicted probability, clipped so that no wrong certainty is infinite.

    score: a numeric expression, the predicted probability of a positive outcome; outside [0, 1]
        there is no loss
    positives, negatives: numeric expressions: how many outcomes of each kind the score was given
        for; of one prediction its outcome, 0 or 1
    returns: an expression of type double, null without a score or an outcome
    example: log_loss('score', 'outcome') with score 0.8 and outcome 1 -> 0.2231
    reference: equals scikit-learn's log_loss, which clips at the spacing of doubles at 1 -#}
{%- macro log_loss(score, positives, negatives=none) -%}
case
            when {{ score }} >= 0 and {{ score }} <= 1
                then
                    -1 * ({{ positives }}) * ln({{ _clipped_probability(score) }})
                    - ({{ negatives if negatives is not none else '1 - ' ~ positives }})
                    * ln({{ _clipped_probability('1 - ' ~ score) }})
        end
{%- endmacro -%}

{%- macro _clipped_probability(probability) -%}
least(greatest({{ probability }}, 2.220446049250313e-16), 1 - 2.220446049250313e-16)
{%- endmacro -%}
