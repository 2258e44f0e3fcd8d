-- Who is in which variant, and what that changes. It runs before the SQL of every source, because
-- what a variant changes is done by the learners themselves, in the rows of `product`.
-- Everything comes from planted.yml, truths.

create table experiment_plans as
with parsed as (
    select from_json(getvariable('experiments_truths'), '[{
        "name": "varchar", "title": "varchar", "hypothesis": "varchar", "owner": "varchar",
        "kind": "varchar", "unit": "varchar", "control_variant_id": "varchar",
        "registered_at": "timestamp", "started_at": "timestamp", "planned_end_at": "timestamp",
        "ended_at": "timestamp", "status": "varchar", "alpha": "double", "power": "double",
        "monitoring": "varchar", "primary_rule": "varchar", "decision_estimator": "varchar",
        "decision": "varchar", "decided_at": "timestamp", "decided_by": "varchar",
        "kept_days": "integer", "lost_variant_id": "varchar", "lost_share": "double",
        "metrics": [{
            "metric_name": "varchar", "role": "varchar", "minimum_detectable_effect": "double",
            "non_inferiority_margin": "double", "edited_at": "timestamp",
            "edited_minimum_detectable_effect": "double"
        }],
        "stages": [{
            "started_at": "timestamp", "traffic_share": "double",
            "variants": [{
                "variant_id": "varchar", "planned_share": "double", "order_lift": "double",
                "later_order_lift": "double", "refund_lift": "double", "lesson_lift": "double"
            }]
        }]
    }]') as plans
),

listed as (
    select
        unnest(plans) as plan,
        generate_subscripts(plans, 1) as experiment_number
    from parsed
)

select
    experiment_number,
    plan.name as experiment_id,
    plan.unit as unit,
    -- Exposures stop here, the effects some days later, so that the last units have them whole.
    coalesce(plan.ended_at, plan.planned_end_at) as ends_at,
    coalesce(plan.ended_at, plan.planned_end_at)
    + to_days(coalesce(plan.kept_days, 0)) as effective_until,
    plan
from listed
order by experiment_number;

-- A variant in a rollout stage. share_before: of the units, those that the variants before it get.
create table arms as
with stages as (
    select
        experiment_number,
        experiment_id,
        unit,
        ends_at,
        effective_until,
        plan,
        unnest(plan.stages) as entry,
        generate_subscripts(plan.stages, 1) as stage
    from experiment_plans
),

variants as (
    select
        * exclude (entry),
        entry.started_at as starts_at,
        entry.traffic_share as traffic_share,
        coalesce(
            lead(entry.started_at) over (partition by experiment_number order by stage), ends_at
        ) as stage_ends_at,
        entry.variants as variants
    from stages
),

listed as (
    select
        * exclude (variants),
        unnest(variants) as variant,
        generate_subscripts(variants, 1) as place
    from variants
)

select
    row_number() over (order by experiment_number, stage, place) as arm,
    experiment_number,
    experiment_id,
    unit,
    plan.registered_at as registered_at,
    len(plan.stages) as stage_count,
    stage,
    place,
    starts_at,
    stage_ends_at,
    ends_at,
    effective_until,
    traffic_share,
    variant.variant_id as variant_id,
    variant.planned_share as planned_share,
    coalesce(sum(variant.planned_share) over (
        partition by experiment_number, stage
        order by place
        rows between unbounded preceding and 1 preceding
    ), 0) as share_before,
    -- A unit that is logged with a second variant gets the next one, the last one the first.
    coalesce(
        lead(variant.variant_id) over (partition by experiment_number, stage order by place),
        first_value(variant.variant_id) over (partition by experiment_number, stage order by place)
    ) as next_variant_id,
    case when variant.variant_id = plan.lost_variant_id then plan.lost_share else 0 end
        as lost_share,
    coalesce(variant.order_lift, 0) as order_lift,
    coalesce(variant.later_order_lift, variant.order_lift, 0) as later_order_lift,
    coalesce(variant.refund_lift, 0) as refund_lift,
    coalesce(variant.lesson_lift, 0) as lesson_lift
from listed
order by arm;

create macro stages_of(assigned_unit) as table (
    with staged as (
        select
            experiment_number,
            experiment_id,
            stage,
            starts_at,
            stage_ends_at,
            traffic_share,
            min(arm) as first_arm,
            list(share_before order by arm)[2:] as bounds
        from arms
        where unit = assigned_unit
        group by all
    ),

    followed as (
        select
            *,
            list({
                starts_at: starts_at,
                ends_at: stage_ends_at,
                traffic_share: traffic_share,
            }) over (partition by experiment_number order by stage) as stages_so_far
        from staged
    )

    select list({
        experiment_id: experiment_id,
        starts_at: starts_at,
        ends_at: stage_ends_at,
        traffic_share: traffic_share,
        first_arm: first_arm,
        bounds: bounds,
        earlier: stages_so_far[:-2],
    } order by experiment_number, stage) as stages
    from followed
);

set variable user_stages = (from stages_of('user'));
set variable session_stages = (from stages_of('session'));

-- What is in force, by arm: in the unit's first seven days, and behind all arms, what is later.
-- A list for each, since lists of numbers are looked up much faster than lists of structs.
set variable arm_count = (select count(*) from arms);
set variable effective_untils = (select list(effective_until order by arm) from arms);
set variable order_lifts = (
    select list(order_lift order by arm) || list(later_order_lift order by arm) from arms
);
set variable refund_lifts = (
    select list(refund_lift order by arm) || list(refund_lift order by arm) from arms
);
set variable lesson_lifts = (
    select list(lesson_lift order by arm) || list(lesson_lift order by arm) from arms
);

-- Whoever takes part at a small share of traffic does so at a larger one too.
create macro takes_part(experiment_id, traffic_share, unit_number) as
    uniform(experiment_id || ' traffic', unit_number) < traffic_share;

create macro first_within(moments, stage) as
    list_min(list_filter(
        cast(moments as timestamp[]),
        lambda moment: moment >= stage.starts_at and moment < stage.ends_at
    ));

create macro arm_of(stage, unit_number) as
    cast(stage.first_arm + len(list_filter(
        stage.bounds,
        lambda bound: uniform(stage.experiment_id || ' variant', unit_number) >= bound
    )) as utinyint);

-- The first of a unit's moments in every experiment, in the arm of the stage in force then, which
-- it keeps: a list of {arm, exposed_at}.
create macro first_exposures(moments, unit_number) as
    list_transform(
        list_filter(
            list_transform(
                list_filter(
                    getvariable('user_stages'),
                    lambda stage: takes_part(stage.experiment_id, stage.traffic_share, unit_number)
                ),
                lambda stage: {stage: stage, exposed_at: first_within(moments, stage)}
            ),
            lambda met:
                met.exposed_at is not null
                and len(list_filter(
                    met.stage.earlier,
                    lambda before:
                        takes_part(met.stage.experiment_id, before.traffic_share, unit_number)
                        and first_within(moments, before) is not null
                )) = 0
        ),
        lambda met: {arm: arm_of(met.stage, unit_number), exposed_at: met.exposed_at}
    );

-- The arm of a unit that is met once, such as a session: a list of at most one {arm, exposed_at}
-- per experiment.
create macro single_exposures(moment, unit_number) as
    list_transform(
        list_filter(
            getvariable('session_stages'),
            lambda stage:
                moment >= stage.starts_at
                and moment < stage.ends_at
                and takes_part(stage.experiment_id, stage.traffic_share, unit_number)
        ),
        lambda stage: {arm: arm_of(stage, unit_number), exposed_at: moment}
    );

-- The places, in the list of effects, of what is in force at a moment.
create macro effects_at(exposures, moment) as
    list_transform(
        list_filter(
            exposures,
            lambda exposure:
                moment >= exposure.exposed_at
                and moment < getvariable('effective_untils')[exposure.arm]
        ),
        lambda exposure: exposure.arm + case
            when moment >= exposure.exposed_at + interval 7 day then getvariable('arm_count')
            else 0
        end
    );

-- A share that some others, or fewer, come to: 0.4 with a lift of 0.5 is 0.7, with -0.5 it is 0.2.
create macro lifted(share, lift) as
    case when lift >= 0 then share + lift * (1 - share) else share * (1 + lift) end;

create macro lifted_order_share(share, places) as
    list_reduce(
        places,
        lambda lifted_share, place:
            lifted(lifted_share, getvariable('order_lifts')[cast(place as bigint)]),
        share
    );

create macro lifted_refund_share(share, places) as
    list_reduce(
        places,
        lambda lifted_share, place:
            lifted(lifted_share, getvariable('refund_lifts')[cast(place as bigint)]),
        share
    );

create macro lifted_lesson_mean(mean, places) as
    list_reduce(
        places,
        lambda lifted_mean, place:
            lifted_mean * (1 + getvariable('lesson_lifts')[cast(place as bigint)]),
        mean
    );
