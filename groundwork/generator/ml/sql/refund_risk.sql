-- Refund risk: every order of a learner is scored when it is placed. Positive is who wants the money
-- back within 30 days: all orders that were refunded, and others that were talked out of it.

set variable refund_versions = (
    select list({
        version_number: version_number,
        version_id: version_id,
        skill: skill,
        scores_from: scores_from,
        scores_until: scores_until,
    } order by version_number)
    from planned_versions
    where model_id = 'refund_risk'
);

create view refund_scores as
with scored as (
    select
        order_number,
        order_id,
        user_number,
        ordered_at as predicted_at,
        gross_amount,
        refund_share,
        refunded_at,
        normal('refund risk', order_number) as truth,
        normal('page seconds', order_number) as attention,
        unnest(list_filter(
            getvariable('refund_versions'),
            lambda version:
                cast(ordered_at as date) between version.scores_from and version.scores_until
        )) as version
    from purchases
    where
        user_number is not null
        and ordered_at >= getvariable('feature_drift_first_day')
),

judged as (
    select
        *,
        order_number * 2 + version.version_number - 1 as prediction_number,
        seen(
            truth, version.skill, 'refund seen', order_number * 2 + version.version_number - 1
        ) as seen_truth,
        logistic(
            getvariable('refund_model_intercept') + getvariable('refund_model_slope') * truth
        ) as positive_share
    from scored
),

-- Refunded orders are so for reasons of their own; the others make up for the rest of the share.
happened as (
    select
        *,
        calibrated(
            getvariable('refund_model_intercept'), getvariable('refund_model_slope'), version.skill, seen_truth
        ) as score,
        refunded_at is not null
        or uniform('wants a refund', order_number)
        < (positive_share - refund_share) / (1 - refund_share) as is_positive
    from judged
)

select
    * exclude (version),
    version.version_id as version_id,
    version.version_number as version_number,
    'r' || prediction_number as prediction_id,
    order_id as entity_id,
    draw(getvariable('platform_urn'), 'platform', user_number).platform as segment,
    case
        when refunded_at is not null then refunded_at
        when is_positive
            then predicted_at + to_seconds(cast(
                floor(30 * 86400 * pow(uniform_open('refund day', order_number), 1.3)) as bigint
            ))
        else predicted_at + interval 30 day
    end as settled_at
from happened;
