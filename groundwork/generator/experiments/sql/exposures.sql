-- The log of exposures: a unit's first visit within an experiment, some of the later ones, and a few
-- after the end, of clients that had not heard of it.

set variable logged_arms = (
    select list({
        experiment_id: experiment_id,
        variant_id: variant_id,
        next_variant_id: next_variant_id,
        lost_share: lost_share,
        ends_at: ends_at,
    } order by arm)
    from arms
);

create view possible_exposures as
with exposed_sessions as (
    select
        session_number,
        session_id,
        started_at,
        unnest(single_exposures(started_at, session_number)) as exposure
    from visits
),

-- A session is exposed once; here and there its client says so again.
told_sessions as (
    select
        *,
        unnest([0, 20]) as delay_seconds
    from exposed_sessions
),

units as (
    select
        user_number as unit_number,
        user_id as unit_id,
        session_number,
        active_from as logged_at,
        unnest(exposures) as exposure
    from visits

    union all

    select
        session_number as unit_number,
        session_id as unit_id,
        session_number,
        started_at + to_seconds(delay_seconds) as logged_at,
        exposure
    from told_sessions
)

select
    unit_number,
    unit_id,
    session_number,
    session_number * getvariable('arm_count') + exposure.arm as exposure_number,
    logged_at,
    logged_at > exposure.exposed_at as is_repeated,
    getvariable('logged_arms')[exposure.arm] as arm
from units
where logged_at >= exposure.exposed_at;

-- 2 % of those who are logged again are so with a second variant: some 0.3 % of all units.
create view exposures as
select
    arm.experiment_id as experiment_id,
    unit_id,
    case
        when is_repeated and uniform(arm.experiment_id || ' second variant', unit_number) < 0.02
            then arm.next_variant_id
        else arm.variant_id
    end as variant_id,
    logged_at as exposed_at,
    batch_of(logged_at, 'exposure', exposure_number) as loaded_at
from possible_exposures
where
    uniform(arm.experiment_id || ' lost', unit_number) >= arm.lost_share
    and case
        when not is_repeated then true
        when logged_at < arm.ends_at then uniform('logged again', exposure_number) < 0.15
        when logged_at < arm.ends_at + interval 7 day
            then uniform('logged after the end', exposure_number) < 0.1
        else false
    end;
