-- What was registered, as delivered: an experiment when it is registered, when it has started, and
-- when it is decided or over; everything else once, when the experiment is registered.

create view experiment_versions as
select
    experiment_id,
    unnest(plan),
    next_batch(plan.registered_at) as registered_batch,
    next_batch(greatest(plan.registered_at, plan.started_at)) as started_batch,
    next_batch(coalesce(plan.decided_at, plan.ended_at)) as final_batch
from experiment_plans;

create view experiments as
select
    experiment_id,
    title,
    hypothesis,
    owner,
    kind,
    unit,
    control_variant_id,
    registered_at,
    started_at,
    planned_end_at,
    ended_at,
    status,
    alpha,
    power,
    monitoring,
    primary_rule,
    decision_estimator,
    decision,
    decided_at,
    decided_by,
    coalesce(final_batch, started_batch) as loaded_at
from experiment_versions;

create view started_experiments as
select
    experiment_id,
    title,
    hypothesis,
    owner,
    kind,
    unit,
    control_variant_id,
    registered_at,
    started_at,
    planned_end_at,
    null as ended_at,
    'running' as status,
    alpha,
    power,
    monitoring,
    primary_rule,
    decision_estimator,
    null as decision,
    null as decided_at,
    null as decided_by,
    started_batch as loaded_at
from experiment_versions
where final_batch is not null;

create view registered_experiments as
select
    experiment_id,
    title,
    hypothesis,
    owner,
    kind,
    unit,
    control_variant_id,
    registered_at,
    started_at,
    planned_end_at,
    null as ended_at,
    'planned' as status,
    alpha,
    power,
    monitoring,
    primary_rule,
    decision_estimator,
    null as decision,
    null as decided_at,
    null as decided_by,
    registered_batch as loaded_at
from experiment_versions
where registered_at < started_at;

create view variants as
select
    experiment_id,
    stage,
    variant_id,
    planned_share,
    next_batch(registered_at) as loaded_at
from arms;

-- Only of experiments that are rolled out in stages, or to a part of the traffic.
create view rollout_stages as
select
    experiment_id,
    stage,
    starts_at as started_at,
    traffic_share,
    next_batch(registered_at) as loaded_at
from arms
where place = 1 and (stage_count > 1 or traffic_share < 1);

create view experiment_metric_versions as
with listed as (
    select
        experiment_id,
        plan.registered_at as registered_at,
        unnest(plan.metrics) as metric
    from experiment_plans
)

select
    experiment_id,
    registered_at,
    unnest(metric)
from listed;

create view experiment_metrics as
select
    experiment_id,
    metric_name,
    role,
    coalesce(edited_minimum_detectable_effect, minimum_detectable_effect)
        as minimum_detectable_effect,
    non_inferiority_margin,
    next_batch(coalesce(edited_at, registered_at)) as loaded_at
from experiment_metric_versions;

create view unedited_experiment_metrics as
select
    experiment_id,
    metric_name,
    role,
    minimum_detectable_effect,
    non_inferiority_margin,
    next_batch(registered_at) as loaded_at
from experiment_metric_versions
where edited_at is not null;
