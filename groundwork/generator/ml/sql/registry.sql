-- What was registered, as delivered; everything from planted.yml, truths: a model when it is
-- registered and when it changes hands, a version when it is made and when it is approved, a
-- handover with every step, a launch when it begins and when it has ended.

create table planned_models as
with parsed as (
    select unnest(from_json(getvariable('ml_truths'), '[{
        "name": "varchar", "title": "varchar", "hypothesis": "varchar", "owner": "varchar",
        "first_owner": "varchar", "team": "varchar", "task": "varchar", "entity": "varchar",
        "validation_metric": "varchar", "label_window_days": "integer",
        "decision_threshold": "double", "chunk_grain": "varchar", "max_age_days": "integer",
        "psi_threshold": "double", "minimum_gain": "double", "registered_at": "timestamp",
        "changed_at": "timestamp",
        "versions": [{
            "version_id": "varchar", "role": "varchar", "language": "varchar",
            "framework": "varchar", "training_started_at": "timestamp",
            "training_ended_at": "timestamp", "reference_started_at": "timestamp",
            "reference_ended_at": "timestamp", "artifact_uri": "varchar",
            "approval_status": "varchar", "effort_days": "double", "created_at": "timestamp",
            "approved_at": "timestamp", "scores_from": "date", "scores_until": "date",
            "skill": "double",
            "stages": [{"stage": "varchar", "actor": "varchar", "occurred_at": "timestamp"}],
            "handovers": [{
                "from_owner": "varchar", "to_owner": "varchar", "from_team": "varchar",
                "to_team": "varchar", "from_language": "varchar", "to_language": "varchar",
                "is_reimplemented": "boolean", "blocker": "varchar", "effort_days": "double",
                "status": "varchar", "requested_at": "timestamp", "accepted_at": "timestamp",
                "completed_at": "timestamp", "abandoned_at": "timestamp"
            }],
            "validations": [{
                "metric_name": "varchar", "metric_value": "double", "dataset": "varchar",
                "is_passed": "boolean", "validated_by": "varchar", "validated_at": "timestamp"
            }],
            "launches": [{
                "platform": "varchar", "endpoint": "varchar", "traffic_share": "double",
                "outcome": "varchar", "experiment_id": "varchar", "launched_at": "timestamp",
                "ended_at": "timestamp"
            }]
        }]
    }]')) as model
)

select
    row_number() over () as model_number,
    unnest(model)
from parsed
where model.versions is not null;

create table planned_versions as
with listed as (
    select
        model_number,
        name as model_id,
        unnest(versions) as version,
        generate_subscripts(versions, 1) as version_number
    from planned_models
)

select
    model_number,
    model_id,
    version_number,
    unnest(version)
from listed;

create view models as
select
    name as model_id,
    title,
    hypothesis,
    owner,
    team,
    task,
    entity,
    validation_metric,
    label_window_days,
    decision_threshold,
    chunk_grain,
    max_age_days,
    psi_threshold,
    minimum_gain,
    registered_at,
    next_batch(coalesce(changed_at, registered_at)) as loaded_at
from planned_models;

create view models_before_change as
select
    * replace (
        (select planned.first_owner from planned_models as planned where planned.name = model_id)
            as owner,
        next_batch(registered_at) as loaded_at
    )
from models
where model_id in (select name from planned_models where changed_at is not null);

create view model_versions as
select
    model_id,
    version_id,
    role,
    language,
    framework,
    training_started_at,
    training_ended_at,
    reference_started_at,
    reference_ended_at,
    's3://models/' || model_id || '/' || version_id as artifact_uri,
    approval_status,
    effort_days,
    created_at,
    next_batch(coalesce(approved_at, created_at)) as loaded_at
from planned_versions;

create view pending_model_versions as
select
    model_id,
    version_id,
    case role when 'champion' then 'challenger' else role end as role,
    language,
    framework,
    training_started_at,
    training_ended_at,
    reference_started_at,
    reference_ended_at,
    's3://models/' || model_id || '/' || version_id as artifact_uri,
    'PendingManualApproval' as approval_status,
    effort_days,
    created_at,
    next_batch(created_at) as loaded_at
from planned_versions
where next_batch(approved_at) > next_batch(created_at);

create view model_stage_events as
with listed as (
    select
        model_id,
        version_id,
        unnest(stages) as event
    from planned_versions
)

select
    model_id || '_' || version_id || '_' || lower(event.stage) as stage_event_id,
    model_id,
    version_id,
    event.stage as stage,
    event.actor as actor,
    event.occurred_at as occurred_at,
    next_batch(event.occurred_at) as loaded_at
from listed;

create view planned_handovers as
with listed as (
    select
        model_id,
        version_id,
        unnest(handovers) as handover,
        generate_subscripts(handovers, 1) as handover_number
    from planned_versions
)

select
    model_id || '_' || version_id || '_' || handover_number as handover_id,
    model_id,
    version_id,
    unnest(handover)
from listed;

create view handovers as
select
    handover_id,
    model_id,
    version_id,
    from_owner,
    to_owner,
    from_team,
    to_team,
    from_language,
    to_language,
    is_reimplemented,
    blocker,
    effort_days,
    status,
    requested_at,
    accepted_at,
    completed_at,
    next_batch(coalesce(completed_at, abandoned_at, accepted_at, requested_at)) as loaded_at
from planned_handovers;

create view requested_handovers as
select
    * replace (
        null as blocker,
        null as effort_days,
        'requested' as status,
        null as accepted_at,
        null as completed_at,
        next_batch(requested_at) as loaded_at
    )
from handovers
where status != 'requested';

create view validations as
with listed as (
    select
        model_id,
        version_id,
        unnest(validations) as validation,
        generate_subscripts(validations, 1) as validation_number
    from planned_versions
)

select
    model_id || '_' || version_id || '_' || validation_number as validation_id,
    model_id,
    version_id,
    validation.metric_name as metric_name,
    validation.metric_value as metric_value,
    validation.dataset as dataset,
    validation.is_passed as is_passed,
    validation.validated_by as validated_by,
    validation.validated_at as validated_at,
    next_batch(validation.validated_at) as loaded_at
from listed;

create view launches as
with listed as (
    select
        model_id,
        version_id,
        unnest(launches) as launch,
        generate_subscripts(launches, 1) as launch_number
    from planned_versions
)

select
    model_id || '_' || version_id || '_' || launch_number as launch_id,
    model_id,
    version_id,
    launch.platform as platform,
    launch.endpoint as endpoint,
    launch.traffic_share as traffic_share,
    launch.outcome as outcome,
    launch.experiment_id as experiment_id,
    launch.launched_at as launched_at,
    launch.ended_at as ended_at,
    next_batch(coalesce(launch.ended_at, launch.launched_at)) as loaded_at
from listed;

create view running_launches as
select
    * replace (
        'running' as outcome,
        null as ended_at,
        next_batch(launched_at) as loaded_at
    )
from launches
where ended_at is not null;
