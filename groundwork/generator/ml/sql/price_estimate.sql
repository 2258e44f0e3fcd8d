-- Price estimate: on Mondays, what a sample of the courses will be sold for in two weeks.

set variable price_run_size = least(
    getvariable('first_courses'),
    cast(round(getvariable('price_courses_per_week') * getvariable('scale')) as bigint)
);

create table price_runs as
select
    version_id,
    unnest(generate_series(
        cast(scores_from as timestamp), cast(scores_until as timestamp), interval 7 day
    )) + interval 5 hour as predicted_at
from planned_versions
where model_id = 'price_estimate'
order by predicted_at;

create view price_scores as
with slots as (
    select
        *,
        seconds_since_start(predicted_at) // 604800 as week_number,
        unnest(range(getvariable('price_run_size'))) as slot
    from price_runs
),

chosen as (
    select
        *,
        week_number * getvariable('price_run_size') + slot as prediction_number,
        1 + slot * getvariable('first_courses') // getvariable('price_run_size') as course_number
    from slots
    where slot % getvariable('learner_step') = 0
)

select
    version_id,
    predicted_at,
    prediction_number,
    'e' || prediction_number as prediction_id,
    'c' || course_number as entity_id,
    course_price(course_number)
    * exp(getvariable('price_spread') * normal('price estimate', prediction_number)) as score,
    round(
        course_price(course_number)
        * exp(getvariable('price_spread') * normal('price paid', prediction_number)), 2
    ) as outcome_value,
    predicted_at + interval 14 day as settled_at
from chosen;
