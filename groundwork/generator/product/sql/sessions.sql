-- Visits: the one of the sign-up (visit 0) and up to 31 returns a learner, and one a stranger.
-- A session's number follows from the learner's, so that orders and events need no join.

create view learner_visits as
with numbered as (
    select
        *,
        unnest(range(return_count + 1)) as visit_number
    from learners
),

keyed as (
    select
        *,
        session_number_of(user_number, visit_number) as session_number
    from numbered
),

timed as (
    select
        *,
        signed_up_at as first_seen_at,
        case
            when visit_number = 0
                then greatest(
                    date_trunc('day', signed_up_at),
                    signed_up_at
                    - to_seconds(cast(floor(uniform('arrival', session_number) * 240) as bigint))
                )
            else return_wanted_at(signed_up_at, session_number)
        end as wanted_at
    from keyed
)

select
    user_number,
    session_number,
    visit_number,
    price_factor,
    extra_lines,
    case
        when visit_number = 0 then channel
        else draw(getvariable('return_channel_urn'), 'visit channel', session_number).channel
    end as channel,
    case
        when visit_number = 0 or uniform('same platform', session_number) < 0.85 then platform
        else draw(getvariable('platform_urn'), 'visit platform', session_number).platform
    end as platform,
    case
        when visit_number = 0 then first_order_share
        when wanted_at < first_seen_at + interval 7 day then first_week_order_share
        else later_order_share
    end as order_share,
    return_started_at(wanted_at) as started_at,
    case when visit_number = 0 then signed_up_at end as signed_up_at,
    exposures
from timed
where
    visit_number = 0
    or return_takes_place(wanted_at, session_number);

create view visits as
with everyone as (
    select
        user_number,
        session_number,
        price_factor,
        extra_lines,
        channel,
        platform,
        order_share,
        started_at,
        signed_up_at,
        exposures
    from learner_visits

    union all

    select
        null as user_number,
        getvariable('user_count') * 32 + stranger_number as session_number,
        1.0 as price_factor,
        origin.extra_lines as extra_lines,
        origin.channel as channel,
        platform,
        0.15 as order_share,  -- guests
        started_at,
        null as signed_up_at,
        [] as exposures
    from strangers
),

-- A visit lasts 90 seconds to two hours, log-normal, and reaches beyond the sign-up.
ended as (
    select
        *,
        least(
            coalesce(signed_up_at, started_at) + to_seconds(90 + cast(least(
                7200, floor(exp(ln(420) + 0.9 * normal('duration', session_number)))
            ) as bigint)),
            getvariable('end_moment') - interval 1 second
        ) as ended_at
    from everyone
),

-- From active_from on the visitor looks around, known if learners.
known as (
    select
        *,
        coalesce(signed_up_at, started_at) as active_from,
        cast(epoch(ended_at) - epoch(coalesce(signed_up_at, started_at)) as bigint)
            as active_seconds
    from ended
),

-- What experiments change for this visitor, in this visit.
treated as (
    select
        *,
        effects_at(
            list_concat(exposures, single_exposures(started_at, session_number)), active_from
        ) as effects
    from known
)

-- refund_share is of the orders, lesson_mean of the lessons begun with a course.
select
    * exclude (effects) replace (lifted_order_share(order_share, effects) as order_share),
    lifted_refund_share(0.045, effects) as refund_share,
    lifted_lesson_mean(1.3, effects) as lesson_mean,
    'u' || user_number as user_id,
    's' || session_number as session_id
from treated;

create view sessions as
select
    session_id,
    user_id,
    channel,
    platform,
    started_at,
    ended_at,
    batch_of(started_at, 'session', session_number) as loaded_at
from visits;
