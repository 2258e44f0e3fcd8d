{%- set inputs = [ref('base_ml__predictions'), ref('base_ml__outcomes')] -%}
{%- set seen = seen_load(inputs) -%}
with outcomes as (

    select * from {{ ref('stg_ml__outcomes') }}

),

{% if seen is not none %}
loaded_predictions as (

    {{ changed_keys(ref('base_ml__predictions'), seen) | indent(4) }}

),

loaded_outcomes as (

    {{ changed_keys(ref('base_ml__outcomes'), seen) | indent(4) }}

),

touched_predictions as (

    select business_key as prediction_id
    from loaded_predictions
    union distinct
    select business_key as prediction_id
    from loaded_outcomes

),

predictions as (

    select predictions.*
    from {{ ref('stg_ml__predictions') }} as predictions
    inner join touched_predictions
        on predictions.prediction_id = touched_predictions.prediction_id

),
{% else %}
predictions as (

    select * from {{ ref('stg_ml__predictions') }}

),
{% endif %}
final as (

    select
        -- ids
        predictions.prediction_id,
        predictions.model_id,
        predictions.version_id,
        predictions.entity_id,

        -- text
        predictions.segment,

        -- numbers
        predictions.score,
        outcomes.outcome_value,

        -- times
        predictions.predicted_at,
        {{ local_date('predictions.predicted_at') }} as predicted_date,
        outcomes.occurred_at as outcome_at,
        predictions.loaded_at
    from predictions
    left join outcomes on predictions.prediction_id = outcomes.prediction_id

)

{{ stored_rows(
    'final', 'prediction_id', 'touched_predictions' if seen is not none else none, inputs
) }}
