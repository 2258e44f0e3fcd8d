-- How many learners finished their first course?
-- The question that costs the team most hours: self_service_candidates has it first. A first course
-- is the one that a learner enrolled in first, and finished with three completed lessons: hardly
-- anybody completes more in one course. Learners of the last weeks have had less time than others.
-- Answer on the demo:
--   dbt show --select how_many_finish_their_first_course --limit 20
with enrolments as (

    select
        user_id,
        course_id,
        occurred_at,
        occurred_date
    from {{ ref('fct_events') }}
    where event_type = 'enrol' and user_id is not null and course_id is not null

),

lessons as (

    select
        user_id,
        course_id,
        occurred_at
    from {{ ref('fct_events') }}
    where event_type = 'lesson_completed'

),

learners as (

    select
        user_id,
        platform
    from {{ ref('dim_users') }}

),

first_courses as (

    select
        user_id,
        course_id,
        occurred_at as enrolled_at,
        occurred_date as enrolled_date
    from enrolments
    qualify row_number() over (partition by user_id order by occurred_at, course_id) = 1

),

lessons_counted as (

    select
        first_courses.user_id,
        min(first_courses.enrolled_date) as enrolled_date,
        count(lessons.course_id) as lesson_count
    from first_courses
    left join lessons
        on
            first_courses.user_id = lessons.user_id
            and first_courses.course_id = lessons.course_id
            and first_courses.enrolled_at <= lessons.occurred_at
    group by first_courses.user_id

),

labelled as (

    select
        cast({{ dbt.date_trunc('year', 'lessons_counted.enrolled_date') }} as date)
            as enrolled_year,
        coalesce(learners.platform, '(unknown)') as platform,
        lessons_counted.lesson_count >= 1 as has_begun,
        lessons_counted.lesson_count >= 3 as has_finished
    from lessons_counted
    left join learners on lessons_counted.user_id = learners.user_id

)

select
    enrolled_year,
    platform,
    count(*) as learners,
    count(case when has_begun then 1 end) as begun,
    count(case when has_finished then 1 end) as finished,
    round(cast(count(case when has_finished then 1 end) as double) / count(*), 3)
        as finished_share
from labelled
group by enrolled_year, platform
order by enrolled_year asc, learners desc
