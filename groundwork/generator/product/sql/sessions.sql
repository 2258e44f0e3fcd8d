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
        (user_number - 1) * 32 + visit_number + 1 as session_number
    from numbered
),

-- Returns thin out: the day after the sign-up is nearly log-uniform over the 18 months, so that
-- about as many come back in the first week as in the whole of the following month.
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
            else
                date_trunc('day', signed_up_at)
                + to_days(cast(floor(pow(
                    546, pow(uniform('return', session_number), 0.7)
                )) as integer))
                + to_seconds(second_of_day('visit', session_number))
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
    least(wanted_at, getvariable('end_moment') - interval 10 minute) as started_at,
    case when visit_number = 0 then signed_up_at end as signed_up_at
from timed
where
    visit_number = 0
    or (
        wanted_at < getvariable('end_moment')
        -- 1.3 exceeds the product's maximum: a visit takes place with this probability.
        and uniform('takes place', session_number)
        < weekday_factor(wanted_at) * season_factor(wanted_at) / 1.3
    );

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
        signed_up_at
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
        null as signed_up_at
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
)

select
    *,
    -- From here on the visitor looks around, known if learners.
    coalesce(signed_up_at, started_at) as active_from,
    cast(epoch(ended_at) - epoch(coalesce(signed_up_at, started_at)) as bigint) as active_seconds,
    'u' || user_number as user_id,
    's' || session_number as session_id
from ended;

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
