{#- The Brier score of a predicted probability: its squared distance from the outcome.

    score: a numeric expression, the predicted probability of a positive outcome; outside [0, 1]
        there is no loss
    positives, negatives: numeric expressions: how many outcomes of each kind the score was given
        for; of one prediction its outcome, 0 or 1
    returns: an expression of type double, null without a score or an outcome
    example: brier('score', 'outcome') with score 0.8 and outcome 1 -> 0.04
    reference: equals scikit-learn's brier_score_loss -#}
{%- macro brier(score, positives, negatives=none) -%}
case
            when {{ score }} >= 0 and {{ score }} <= 1
                then
                    ({{ positives }}) * (1 - {{ score }}) * (1 - {{ score }})
                    + ({{ negatives if negatives is not none else '1 - ' ~ positives }})
                    * {{ score }} * {{ score }}
        end
{%- endmacro -%}
