-- What the team wrote down about incidents, from planted.yml, truths: when one was found, and again
-- when it was resolved.

create view incident_notes as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{
        "name": "varchar", "affected_table": "varchar", "affected_metric": "varchar",
        "kind": "varchar", "severity": "varchar", "detected_by": "varchar", "cause": "varchar",
        "is_confirmed": "boolean", "started_at": "timestamp", "detected_at": "timestamp",
        "resolved_at": "timestamp", "affected_from": "date", "affected_to": "date"
    }]')) as incident
)

select
    unnest(incident),
    next_batch(incident.detected_at) as found_batch,
    next_batch(greatest(incident.detected_at, incident.resolved_at)) as resolved_batch
from parsed
where incident.detected_at is not null;

create view incidents as
select
    name as incident_id,
    affected_table,
    affected_metric,
    kind,
    severity,
    detected_by,
    cause,
    is_confirmed,
    started_at,
    detected_at,
    resolved_at,
    affected_from,
    affected_to,
    coalesce(resolved_batch, found_batch) as loaded_at
from incident_notes;

create view found_incidents as
select
    name as incident_id,
    affected_table,
    affected_metric,
    kind,
    severity,
    detected_by,
    null as cause,
    false as is_confirmed,
    started_at,
    detected_at,
    null as resolved_at,
    null as affected_from,
    null as affected_to,
    found_batch as loaded_at
from incident_notes
where resolved_batch > found_batch;
