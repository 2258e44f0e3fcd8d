-- Predictions with their features and their labels, over all models.

create view predictions as
select
    prediction_id,
    'churn' as model_id,
    version_id,
    entity_id,
    round(score, 3) as score,
    segment,
    predicted_at,
    batch_of(predicted_at, 'churn prediction', prediction_number) as loaded_at
from churn_scores

union all

select
    prediction_id,
    'refund_risk' as model_id,
    version_id,
    entity_id,
    round(score, 3) as score,
    segment,
    predicted_at,
    batch_of(predicted_at, 'refund prediction', prediction_number) as loaded_at
from refund_scores

union all

select
    prediction_id,
    'price_estimate' as model_id,
    version_id,
    entity_id,
    round(score, 2) as score,
    null as segment,
    predicted_at,
    batch_of(predicted_at, 'price prediction', prediction_number) as loaded_at
from price_scores;

-- Features of the versions in use. Those of refund_risk that change have no weight in its score.
create view churn_features as
with listed as (
    select
        prediction_id,
        unnest([
            {
                feature_name: 'idle_days',
                numeric_value: cast(floor(exp(2.2 + 0.7 * recency)) as double),
                text_value: null,
            },
            {
                feature_name: 'pace',
                numeric_value: null,
                text_value: case
                    when lessons < -0.6 then 'slow' when lessons < 0.8 then 'usual' else 'fast'
                end,
            },
        ]) as feature,
        batch_of(predicted_at, 'churn prediction', prediction_number) as loaded_at
    from churn_scores
    where version_number = getvariable('churn_model_version_with_features')
)

select
    prediction_id,
    unnest(feature),
    loaded_at
from listed;

create view refund_features as
with listed as (
    select
        prediction_id,
        unnest([
            {
                feature_name: 'amount',
                numeric_value: case
                    when
                        cast(predicted_at as date) = getvariable('feature_outlier_day')
                        and uniform('outlier', order_number) < getvariable('feature_outlier_share')
                        then getvariable('feature_outlier_value')
                    else cast(gross_amount as double)
                end,
            },
            {
                feature_name: 'page_secs',
                numeric_value: round(exp(4 + 0.5 * (attention + case
                    when cast(predicted_at as date) >= getvariable('feature_drift_drifts_on')
                        then getvariable('feature_drift_log_sigmas')
                    else 0
                end))),
            },
            {
                feature_name: 'past_asks',
                numeric_value: case
                    when
                        cast(predicted_at as date) not between
                        getvariable('missing_burst_first_day')
                        and getvariable('missing_burst_last_day')
                        or uniform('missing value', order_number)
                        >= getvariable('missing_burst_share_missing')
                        then greatest(0, round(1 + truth + 0.5 * normal('asks', order_number)))
                end,
            },
        ]) as feature,
        batch_of(predicted_at, 'refund prediction', prediction_number) as loaded_at
    from refund_scores
    where version_number = getvariable('refund_model_version_with_features')
)

select
    prediction_id,
    feature.feature_name as feature_name,
    feature.numeric_value as numeric_value,
    null as text_value,
    loaded_at
from listed;

create view prediction_features as
select * from churn_features
union all
select * from refund_features;

-- Labels that have come, numbered over all models.
create view all_labels as
select
    prediction_id,
    prediction_number * 4 as label_number,
    cast(is_positive as double) as outcome_value,
    settled_at
from churn_scores

union all

select
    prediction_id,
    prediction_number * 4 + 1 as label_number,
    cast(is_positive as double) as outcome_value,
    settled_at
from refund_scores

union all

select
    prediction_id,
    prediction_number * 4 + 2 as label_number,
    outcome_value,
    settled_at
from price_scores;

create view labels as
select
    *,
    is_corrected(settled_at, label_number) as is_corrected
from all_labels
where
    settled_at < getvariable('end_moment')
    and is_labelled(label_number);

create view outcomes as
select
    prediction_id,
    outcome_value,
    settled_at as occurred_at,
    case
        when is_corrected then corrected_batch(settled_at, label_number)
        else batch_of(settled_at, 'label', label_number)
    end as loaded_at
from labels;

-- What was said before the correction: the other class, or half the value.
create view superseded_outcomes as
select
    prediction_id,
    case
        when label_number % 4 = 2 then round(outcome_value / 2, 2)
        else 1 - outcome_value
    end as outcome_value,
    settled_at as occurred_at,
    next_batch(settled_at) as loaded_at
from labels
where is_corrected;
