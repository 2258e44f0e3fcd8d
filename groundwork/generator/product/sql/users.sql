-- Learners (who sign up) and strangers (who never do), numbered in the order of their first day.
-- These two tables are all that is kept in memory; every other row is computed from them.

set variable user_count = cast(round(3000 * getvariable('scale')) as bigint);
set variable stranger_count = cast(round(1300 * getvariable('scale')) as bigint);

-- The highest number of a session, and so of an order.
set variable last_number = getvariable('user_count') * 32 + getvariable('stranger_count');

-- Every how many-th learner is looked at: 1 when files are written, and such that about 400
-- learners are left while rows are chosen to be spoilt.
set variable learner_step = 1;
set variable sample_step = greatest(1, getvariable('user_count') // 400);

-- How the arrivals spread over the days. Whole-number weights: their sums do not depend on order.
create table days as
with calendar as (
    select
        range as day_number,
        cast(getvariable('first_moment') + to_days(cast(range as integer)) as date) as day
    from range(cast(getvariable('second_count') / 86400 as bigint))
),

weighted as (
    select
        day_number,
        day,
        cast(round(
            1000000
            * (1 + 0.9 * day_number / 546)  -- the service grows by about half in a year
            * weekday_factor(day)
            * season_factor(day)
            * exp(0.1 * normal('day', day_number))
        ) as bigint) as weight
    from calendar
)

select
    day_number,
    day,
    cast(sum(weight) over (order by day_number) - weight as double)
    / cast(sum(weight) over () as double) as share_before,
    cast(sum(weight) over (order by day_number) as double)
    / cast(sum(weight) over () as double) as share_after
from weighted
order by day_number;

-- Returns thin out: the day after the sign-up is nearly log-uniform over the 18 months, so that
-- about as many come back in the first week as in the whole of the following month.
create macro session_number_of(user_number, visit_number) as
    (user_number - 1) * 32 + visit_number + 1;

create macro return_wanted_at(signed_up_at, session_number) as
    date_trunc('day', signed_up_at)
    + to_days(cast(floor(pow(546, pow(uniform('return', session_number), 0.7))) as integer))
    + to_seconds(second_of_day('visit', session_number));

-- 1.3 exceeds the product's maximum: a visit takes place with this probability.
create macro return_takes_place(wanted_at, session_number) as
    wanted_at < getvariable('end_moment')
    and uniform('takes place', session_number)
    < weekday_factor(wanted_at) * season_factor(wanted_at) / 1.3;

create macro return_started_at(wanted_at) as
    least(wanted_at, getvariable('end_moment') - interval 10 minute);

create table all_learners as
with arrivals as (
    select
        day,
        unnest(range(
            1 + cast(floor(share_before * getvariable('user_count')) as bigint),
            1 + cast(floor(share_after * getvariable('user_count')) as bigint)
        )) as user_number
    from days
),

drawn as (
    select
        user_number,
        least(
            day + to_seconds(second_of_day('sign-up', user_number)),
            getvariable('end_moment') - interval 5 minute
        ) as signed_up_at,
        draw(getvariable('country_urn'), 'country', user_number) as home,
        draw(getvariable('platform_urn'), 'platform', user_number).platform as platform,
        draw(getvariable('channel_urn'), 'channel', user_number) as origin
    from arrivals
),

inclined as (
    select
        *,
        uniform('buyer', user_number) < origin.buyer_share as is_buyer
    from drawn
),

-- Few buyers come very often: exponential, with a log-normal mean.
expected as (
    select
        *,
        cast(least(31, floor(
            exponential('returns', user_number)
            * case
                when is_buyer then 12 * exp(0.7 * normal('loyalty', user_number))
                else 1.05 * origin.return_mean
            end
            + 0.3
        )) as integer) as return_count
    from inclined
),

-- From when on a learner can be met in each visit; the sign-up is the first one.
wanted as (
    select
        *,
        list_transform(range(1, return_count + 1), lambda visit_number: {
            session_number: session_number_of(user_number, visit_number),
            wanted_at: return_wanted_at(
                signed_up_at, session_number_of(user_number, visit_number)
            ),
        }) as returns
    from expected
),

met as (
    select
        *,
        list_append(
            list_transform(
                list_filter(
                    returns,
                    lambda visit: return_takes_place(visit.wanted_at, visit.session_number)
                ),
                lambda visit: return_started_at(visit.wanted_at)
            ),
            signed_up_at
        ) as moments
    from wanted
)

select
    user_number,
    signed_up_at,
    home.country as country,
    home.price_factor as price_factor,
    platform,
    origin.channel as channel,
    origin.extra_lines as extra_lines,
    case when is_buyer then origin.first_visit_share else 0 end as first_order_share,
    case when is_buyer then origin.first_week_share else 0 end as first_week_order_share,
    case when is_buyer then 0.88 else 0 end as later_order_share,
    return_count,
    first_exposures(moments, user_number) as exposures
from met
order by user_number;

create table all_strangers as
with arrivals as (
    select
        day,
        unnest(range(
            1 + cast(floor(share_before * getvariable('stranger_count')) as bigint),
            1 + cast(floor(share_after * getvariable('stranger_count')) as bigint)
        )) as stranger_number
    from days
)

select
    stranger_number,
    least(
        day + to_seconds(second_of_day('stranger', stranger_number)),
        getvariable('end_moment') - interval 10 minute
    ) as started_at,
    draw(getvariable('platform_urn'), 'stranger platform', stranger_number).platform as platform,
    draw(getvariable('channel_urn'), 'stranger channel', stranger_number) as origin
from arrivals
order by stranger_number;

create view learners as
select *
from all_learners
where user_number % getvariable('learner_step') = 0;

create view strangers as
select *
from all_strangers
where getvariable('learner_step') = 1;

-- 1 % of the users correct their country weeks after the sign-up, which delivers them again.
create view user_versions as
with first_versions as (
    select
        user_number,
        signed_up_at,
        country,
        platform,
        channel as acquisition_channel,
        batch_of(signed_up_at, 'user', user_number) as first_loaded_at,
        batch_of(signed_up_at, 'user', user_number) + to_days(
            20 + cast(floor(uniform('move day', user_number) * 100) as integer)
        ) as second_loaded_at
    from learners
)

select
    'u' || user_number as user_id,
    signed_up_at,
    country as first_country,
    case country when 'US' then 'CA' when 'DE' then 'NL' else 'US' end as second_country,
    platform,
    acquisition_channel,
    case
        when uniform('email', user_number) >= 0.07 then 'u' || user_number || '@example.com'
    end as email,
    first_loaded_at,
    second_loaded_at,
    uniform('move', user_number) < 0.01
    and second_loaded_at <= getvariable('last_batch') as is_corrected
from first_versions;

create view users as
select
    user_id,
    signed_up_at,
    case when is_corrected then second_country else first_country end as country,
    platform,
    acquisition_channel,
    email,
    case when is_corrected then second_loaded_at else first_loaded_at end as loaded_at
from user_versions;

create view superseded_users as
select
    user_id,
    signed_up_at,
    first_country as country,
    platform,
    acquisition_channel,
    email,
    first_loaded_at as loaded_at
from user_versions
where is_corrected;
