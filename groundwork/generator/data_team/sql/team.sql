-- The team, from planted.yml, truths: a member as of joining and of leaving, an assignment as of
-- its start and of its end. What is older than the team's first day came with its first batch.

create macro batch_of_day(day) as
    greatest(next_batch(day), next_batch(getvariable('team_first_day')));

create table planned_members as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"members": [{
        "member_id": "varchar", "role": "varchar", "joined_on": "date", "left_on": "date"
    }]}]')) as truth
),

listed as (
    select unnest(truth.members) as member
    from parsed
)

select unnest(member)
from listed
where member.role is not null;

create view members as
select
    member_id,
    role,
    joined_on,
    left_on,
    batch_of_day(coalesce(left_on, joined_on)) as loaded_at
from planned_members;

create view joined_members as
select
    * replace (
        null as left_on,
        batch_of_day(joined_on) as loaded_at
    )
from members
where left_on is not null;

create table planned_assignments as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"assignments": [{
        "assignment_id": "varchar", "member_id": "varchar", "department": "varchar",
        "operating_model": "varchar", "share": "decimal(4, 2)", "monthly_cost": "decimal(12, 2)",
        "starts_on": "date", "ends_on": "date"
    }]}]')) as truth
),

listed as (
    select unnest(truth.assignments) as assignment
    from parsed
)

select unnest(assignment)
from listed;

create view assignments as
select
    assignment_id,
    member_id,
    department,
    operating_model,
    share,
    monthly_cost,
    starts_on,
    ends_on,
    batch_of_day(coalesce(ends_on, starts_on)) as loaded_at
from planned_assignments;

create view begun_assignments as
select
    * replace (
        null as ends_on,
        batch_of_day(starts_on) as loaded_at
    )
from assignments
where ends_on is not null;
