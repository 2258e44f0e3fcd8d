-- What was decided and what was built, from planted.yml, truths: a decision when it was taken and
-- when it was reviewed; an initiative when it was planned, when it went live and when it ended.

create table planned_decisions as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"decisions": [{
        "decision_id": "varchar", "title": "varchar", "owner": "varchar", "department": "varchar",
        "decided_at": "timestamp", "claimed_mode": "varchar", "rule": "varchar",
        "rule_recorded_at": "timestamp", "data_through": "date", "metric_name": "varchar",
        "metric_version": "integer", "metric_value": "double", "experiment_id": "varchar",
        "model_id": "varchar", "expected_effect": "varchar", "review_on": "date",
        "reviewed_at": "timestamp", "outcome": "varchar"
    }]}]')) as truth
),

listed as (
    select unnest(truth.decisions) as decision
    from parsed
)

select unnest(decision)
from listed;

create view decisions as
select
    decision_id,
    title,
    owner,
    department,
    decided_at,
    claimed_mode,
    rule,
    rule_recorded_at,
    data_through,
    metric_name,
    metric_version,
    metric_value,
    experiment_id,
    model_id,
    expected_effect,
    review_on,
    reviewed_at,
    outcome,
    next_batch(greatest(decided_at, rule_recorded_at, reviewed_at)) as loaded_at
from planned_decisions;

create view taken_decisions as
select
    * replace (
        null as reviewed_at,
        null as outcome,
        next_batch(greatest(decided_at, rule_recorded_at)) as loaded_at
    )
from decisions
where reviewed_at is not null;

create table planned_portfolio as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"initiatives": [{
        "initiative_id": "varchar", "title": "varchar", "owner": "varchar", "kind": "varchar",
        "planned_on": "date", "live_on": "date", "ended_on": "date", "experiment_id": "varchar",
        "treatment_variant_id": "varchar", "metric_name": "varchar", "horizon_days": "integer",
        "monthly_saving": "decimal(12, 2)", "influenced_amount": "decimal(12, 2)",
        "build_cost": "decimal(12, 2)"
    }]}]')) as truth
),

listed as (
    select unnest(truth.initiatives) as initiative
    from parsed
)

select unnest(initiative)
from listed;

create view initiatives as
select
    initiative_id,
    title,
    owner,
    kind,
    live_on,
    ended_on,
    experiment_id,
    treatment_variant_id,
    metric_name,
    horizon_days,
    monthly_saving,
    influenced_amount,
    build_cost,
    next_batch(coalesce(ended_on, live_on, planned_on)) as loaded_at
from planned_portfolio;

create view planned_initiatives as
select
    initiatives.* replace (
        null as live_on,
        null as ended_on,
        null as monthly_saving,
        null as influenced_amount,
        null as build_cost,
        next_batch(planned.planned_on) as loaded_at
    )
from initiatives
inner join planned_portfolio as planned on initiatives.initiative_id = planned.initiative_id
where initiatives.live_on is not null;
