-- Events. An event's number is its session's number times 32 plus a place: 0 the search, 1 to 12
-- impressions and their clicks, 15 to 18 enrolments, 19 to 30 lessons.

-- A sample of the visits is shown a list of courses and tracked.
create view browsing_events as
with tracked as (
    select
        * exclude (exposures, order_share, refund_share, lesson_mean),
        draw(getvariable('surface_urn'), 'surface', session_number) as place,
        2 + cast(floor(uniform('list length', session_number) * 4) as integer) as list_length,
        active_from + to_seconds(
            5 + cast(floor(0.2 * active_seconds * uniform('list moment', session_number)) as bigint)
        ) as shown_at
    from visits
    where uniform('tracked', session_number) < 0.37
),

-- Position 0 stands for the search itself.
positioned as (
    select
        *,
        unnest(range(case when place.surface = 'search' then 0 else 1 end, list_length + 1))
            as position
    from tracked
),

acted as (
    select
        *,
        unnest(
            case
                when position = 0 then ['search']
                -- Position bias: an item further down is looked at less often.
                when uniform('click', session_number * 32 + position)
                    < place.click_share / pow(position, 0.6)
                    then ['impression', 'click']
                else ['impression']
            end
        ) as event_type
    from positioned
)

select
    user_number,
    user_id,
    session_id,
    session_number * 32
    + case event_type when 'search' then 0 else 2 * position - 1 end
    + case event_type when 'click' then 1 else 0 end as event_number,
    event_type,
    place.surface as surface,
    -- Lists rank by popularity: a position draws from its own part of the catalogue.
    case
        when position > 0
            then 'c' || course_at(
                active_from,
                (position - 1 + uniform('shown course', session_number * 32 + position))
                / list_length
            )
    end as course_id,
    nullif(position, 0) as position,
    shown_at + to_seconds(
        case event_type
            when 'search' then -1
            when 'impression' then 0
            else 3 * position + cast(
                floor(uniform('hesitation', session_number * 32 + position) * 25) as bigint
            )
        end
    ) as occurred_at
from acted;

-- 60 % of the bought courses are begun in the same visit.
create view enrolments as
select
    *,
    session_number * 32 + 14 + line_number as enrolment_number,
    ordered_at + to_seconds(cast(
        floor(
            (epoch(ended_at) - epoch(ordered_at))
            * (0.2 + 0.8 * uniform('enrolment', session_number * 32 + line_number))
        ) as bigint
    )) as enrolled_at
from purchase_lines
where
    user_number is not null
    and status <> 'cancelled'
    and quantity > 0
    and uniform('enrols', session_number * 32 + line_number) < 0.60;

-- Up to three lessons, the first days after the enrolment; players report without a session.
create view lessons as
with numbered as (
    select
        *,
        unnest(range(least(
            3, cast(floor(exponential('lessons', enrolment_number) * lesson_mean) as integer)
        ))) as lesson
    from enrolments
),

timed as (
    select
        *,
        session_number * 32 + 19 + (line_number - 1) * 3 + lesson as event_number,
        date_trunc('day', enrolled_at) + to_days(
            1 + 4 * cast(lesson as integer)
            + cast(floor(uniform(
                'lesson day', session_number * 32 + 19 + (line_number - 1) * 3 + lesson
            ) * 4) as integer)
        ) + to_seconds(second_of_day(
            'lesson', session_number * 32 + 19 + (line_number - 1) * 3 + lesson
        )) as occurred_at
    from numbered
)

select *
from timed
where occurred_at < getvariable('end_moment');

create view all_events as
select
    user_number,
    user_id,
    session_id,
    event_number,
    event_type,
    surface,
    course_id,
    position,
    occurred_at
from browsing_events

union all

select
    user_number,
    user_id,
    session_id,
    enrolment_number as event_number,
    'enrol' as event_type,
    'course' as surface,
    course_id,
    null as position,
    enrolled_at as occurred_at
from enrolments

union all

select
    user_number,
    user_id,
    null as session_id,
    event_number,
    'lesson_completed' as event_type,
    'player' as surface,
    course_id,
    null as position,
    occurred_at
from lessons;

-- One day lost half of its events (planted.yml, truths).
create view events as
select
    event_number,
    'e' || event_number as event_id,
    user_id,
    session_id,
    event_type,
    surface,
    course_id,
    position,
    occurred_at,
    batch_of(occurred_at, 'event', event_number) as loaded_at
from all_events
where
    cast(occurred_at as date) <> getvariable('lost_day_day')
    or uniform('lost', event_number) < getvariable('lost_day_share_kept');

-- Half of the late rows correct one that had come in time, without its course.
create view superseded_events as
select
    event_id,
    user_id,
    session_id,
    event_type,
    surface,
    null as course_id,
    position,
    occurred_at,
    next_batch(occurred_at) as loaded_at
from events
where
    is_late('event', event_number)
    and event_type <> 'search'
    and next_batch(occurred_at) < loaded_at
    and uniform('corrected', event_number) < 0.5;
