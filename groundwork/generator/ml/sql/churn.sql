-- Churn: on Mondays a sample of the learners is scored. Two things are known of each, and the
-- truth is their sum; from the drift on it is mostly something else, while these two stay alike.

set variable churn_run_size = cast(round(getvariable('churn_sample_per_week') * getvariable('scale')) as bigint);

create table churn_runs as
with mondays as (
    select
        version_number,
        version_id,
        skill,
        unnest(generate_series(
            cast(scores_from as timestamp), cast(scores_until as timestamp), interval 7 day
        )) as monday
    from planned_versions
    where model_id = 'churn'
)

select
    version_number,
    version_id,
    skill,
    monday + interval 6 hour as predicted_at,
    days.day_number // 7 as week_number,
    cast(floor(days.share_before * getvariable('user_count')) as bigint) as learner_count
from mondays
inner join days on cast(monday as date) = days.day
order by week_number, version_number;

create view churn_scores as
with slots as (
    select
        *,
        unnest(range(getvariable('churn_run_size'))) as slot
    from churn_runs
),

-- Each slot draws from its own part of the learners who had signed up, so that none comes twice.
chosen as (
    select
        *,
        week_number * getvariable('churn_run_size') + slot as case_number,
        1 + slot * learner_count // getvariable('churn_run_size') + cast(floor(
            uniform('churn learner', week_number * getvariable('churn_run_size') + slot)
            * (learner_count // getvariable('churn_run_size'))
        ) as bigint) as user_number
    from slots
    where slot % getvariable('learner_step') = 0
),

known as (
    select
        *,
        case_number * 4 + version_number - 1 as prediction_number,
        normal('churn recency', case_number) as recency,
        normal('churn lessons', case_number) as lessons
    from chosen
),

judged as (
    select
        *,
        0.8 * recency - 0.6 * lessons as truth,
        seen(0.8 * recency - 0.6 * lessons, skill, 'churn seen', prediction_number) as seen_truth
    from known
),

happened as (
    select
        *,
        calibrated(
            getvariable('churn_model_intercept'), getvariable('churn_model_slope'), skill, seen_truth
        ) as score,
        uniform('churn outcome', case_number) < logistic(
            getvariable('churn_model_intercept') + getvariable('churn_model_slope') * case
                when cast(predicted_at as date) >= getvariable('concept_drift_drifts_on')
                    then seen(
                        truth, getvariable('concept_drift_skill_left'), 'churn drift', case_number
                    )
                else truth
            end
        ) as is_positive
    from judged
)

select
    *,
    'h' || prediction_number as prediction_id,
    'u' || user_number as entity_id,
    draw(getvariable('platform_urn'), 'platform', user_number).platform as segment,
    predicted_at + case
        when is_positive
            then to_seconds(cast(
                floor(28 * 86400 * pow(uniform_open('churn day', case_number), 1.3)) as bigint
            ))
        else interval 28 day
    end as settled_at
from happened;
