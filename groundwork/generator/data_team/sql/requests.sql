-- What is asked of the team and how it is answered, from planted.yml, truths, demand: every request
-- draws its day, its department, whether it is one of those asked again and again, who takes it
-- among the members who work for the department on that day, and how long each step takes.

create table planned_demand as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{
        "demand_departments": [{
            "department": "varchar", "weight": "integer", "response_hours": "double",
            "wait_hours": "double", "waiting_share": "double"
        }],
        "questions": [{
            "question_id": "varchar", "weight": "integer", "hours": "double",
            "asked_by": ["varchar"], "tables_used": ["varchar"], "wordings": ["varchar"],
            "asset": "varchar", "self_service_share": "double"
        }],
        "topics": [{"topic": "varchar", "used": "varchar"}],
        "cuts": ["varchar"],
        "other_kinds": [{
            "kind": "varchar", "weight": "integer", "hours": "double", "before": "varchar",
            "after": "varchar"
        }]
    }]')) as truth
)

select unnest(truth)
from parsed
where truth.questions is not null;

create table demand_departments as
select unnest(demand_departments, recursive := true)
from planned_demand;

create table asked_questions as
select unnest(questions, recursive := true)
from planned_demand;

create table other_kinds as
select unnest(other_kinds, recursive := true)
from planned_demand;

-- Urns: each as often as its weight says.
set variable department_urn = (
    with tickets as (
        select
            department,
            unnest(range(weight)) as ticket
        from demand_departments
    )

    select list(department order by department, ticket) from tickets
);

set variable other_kind_urn = (
    with tickets as (
        select
            kind,
            unnest(range(weight)) as ticket
        from other_kinds
    )

    select list(kind order by kind, ticket) from tickets
);

create table question_urns as
with asked as (
    select
        question_id,
        weight,
        unnest(asked_by) as department
    from asked_questions
),

tickets as (
    select
        department,
        question_id,
        unnest(range(weight)) as ticket
    from asked
)

select
    department,
    list(question_id order by question_id, ticket) as question_urn
from tickets
group by department;

-- Twice as many a day at the end as at the beginning, between eight and six, of weekends most on
-- Monday.
create table request_slots as
with slots as (
    select unnest(range(1, getvariable('demand_requests') + 1)) as slot
),

placed as (
    select
        slot,
        getvariable('team_first_day') + cast(floor(
            (sqrt(1 + 3 * uniform('request day', slot)) - 1)
            * date_diff('day', getvariable('team_first_day'), getvariable('end_moment'))
        ) as integer) as drawn_day
    from slots
),

worked as (
    select
        slot,
        drawn_day,
        drawn_day + cast(case
            when isodow(drawn_day) >= 6 and uniform('request weekend', slot) < 0.9
                then 8 - isodow(drawn_day)
            else 0
        end as integer) as worked_day
    from placed
)

select
    slot,
    case
        when worked_day < getvariable('end_moment') then worked_day
        else drawn_day
    end + to_seconds(
        8 * 3600 + cast(floor(36000 * uniform('request second', slot)) as bigint)
    ) as requested_at,
    draw(getvariable('department_urn'), 'request department', slot) as department,
    uniform('asked again', slot) < getvariable('demand_asked_again_share') as is_asked_again,
    draw(getvariable('other_kind_urn'), 'request kind', slot) as other_kind
from worked;

create view asked_again as
select
    slots.slot,
    slots.requested_at,
    slots.department,
    'question' as kind,
    draw(questions.wordings, 'request wording', slot) as title,
    case
        when uniform('tables known', slot) < 0.85
            then draw(questions.tables_used, 'request tables', slot)
    end as tables_used,
    questions.hours,
    questions.asset,
    questions.self_service_share
from request_slots as slots
inner join question_urns as urns on slots.department = urns.department
inner join asked_questions as questions
    on draw(urns.question_urn, 'request question', slots.slot) = questions.question_id
where slots.is_asked_again;

-- A topic and a cut of it, each pair once within a kind.
create view asked_once as
with numbered as (
    select
        *,
        row_number() over (partition by other_kind order by slot) as number_of_kind
    from request_slots
    where not is_asked_again
),

paired as (
    select
        *,
        number_of_kind * 97 % (
            select len(topics) * len(cuts)
            from planned_demand
        ) as pair
    from numbered
)

select
    paired.slot,
    paired.requested_at,
    paired.department,
    kinds.kind,
    trim(concat_ws(
        ' ',
        kinds.before,
        demand.topics[1 + pair % len(demand.topics)].topic,
        nullif(kinds.after, ''),
        demand.cuts[1 + pair // len(demand.topics)]
    )) || case when kinds.kind = 'question' then '?' else '' end as title,
    case
        when uniform('tables known', paired.slot) < 0.85
            then demand.topics[1 + pair % len(demand.topics)].used
    end as tables_used,
    kinds.hours,
    null as asset,
    0 as self_service_share
from paired
inner join other_kinds as kinds on paired.other_kind = kinds.kind
cross join planned_demand as demand;

-- Members by the day, the kind of work and the department that they work for.
create table takers as
with days as (
    select unnest(generate_series(
        cast(getvariable('team_first_day') as timestamp),
        getvariable('end_moment') - interval 1 day,
        interval 1 day
    )) as day
),

skilled as (
    select
        member_id,
        unnest(case role
            when 'analyst' then ['question', 'report']
            when 'engineer' then ['pipeline']
            when 'scientist' then ['model', 'question']
            when 'ml_engineer' then ['model', 'pipeline']
            else []
        end) as kind
    from planned_members
)

select
    days.day,
    skilled.kind,
    assigned.department,
    list(
        {'member_id': assigned.member_id, 'operating_model': assigned.operating_model}
        order by assigned.assignment_id
    ) as members
from days
inner join planned_assignments as assigned
    on
        days.day >= assigned.starts_on
        and days.day <= coalesce(assigned.ends_on, getvariable('end_moment'))
inner join skilled on assigned.member_id = skilled.member_id
group by days.day, skilled.kind, assigned.department;

-- Whoever is there.
create table helpers as
select
    day,
    kind,
    flatten(list(members order by department nulls first)) as members
from takers
group by day, kind;

-- Three of four are taken by somebody of the department, where there is somebody; the others by who
-- works for all, and without such a one by whoever is there.
create view taken_requests as
with asked as (
    from asked_again
    union all
    from asked_once
)

select
    asked.*,
    departments.response_hours,
    departments.wait_hours,
    departments.waiting_share,
    draw(
        case
            when uniform('request taken by its own', slot) < 0.75
                then coalesce(of_department.members, of_all.members, helpers.members)
            else coalesce(of_all.members, of_department.members, helpers.members)
        end,
        'request taker',
        slot
    ) as taker
from asked
inner join demand_departments as departments on asked.department = departments.department
left join takers as of_department
    on
        cast(asked.requested_at as date) = of_department.day
        and asked.kind = of_department.kind
        and asked.department = of_department.department
left join takers as of_all
    on
        cast(asked.requested_at as date) = of_all.day
        and asked.kind = of_all.kind
        and of_all.department is null
left join helpers on cast(asked.requested_at as date) = helpers.day and asked.kind = helpers.kind;

create macro hours_after(moment, hours) as moment + to_seconds(cast(round(3600 * hours) as bigint));

create macro around(median, spread, salt, id) as median * exp(spread * normal(salt, id));

-- What fits the time: 0 at the beginning of the data, 1 at their end.
create macro team_age(moment) as
    date_diff('day', getvariable('team_first_day'), moment)
    / date_diff('day', getvariable('team_first_day'), getvariable('end_moment'));

-- Distributed members answer soonest, centralised ones know best what is there already.
create view answering_requests as
with known as (
    select
        *,
        case taker.operating_model
            when 'distributed' then 0.7 when 'hybrid' then 1 else 1.5
        end as slowness,
        case taker.operating_model
            when 'distributed' then 0.06 when 'hybrid' then 0.16 else 0.26
        end as reuse_share,
        case taker.operating_model
            when 'distributed' then 0.12 when 'hybrid' then 0.07 else 0.05
        end as reopened_share
    from taken_requests
)

select
    *,
    case
        when uniform('request waits', slot) < waiting_share then 'waiting'
        when
            uniform('self service', slot)
            < self_service_share * (1 + 2 * team_age(requested_at)) / 3
            then 'self_service'
        when uniform('request abandoned', slot) < 0.05 then 'abandoned'
        when
            kind in ('question', 'report')
            and uniform('request reused', slot)
            < reuse_share + case when asset is null then 0 else 0.2 end
            then 'existing_asset'
        else 'analyst'
    end as fate
from known;

create view timed_requests as
with responded as (
    select
        *,
        case
            when fate = 'existing_asset' then 0.25 + round(2 * uniform('pointing', slot)) / 4
            when fate = 'analyst'
                then greatest(0.25, round(4 * around(
                    case when department = 'marketing' then 0.7 else 1 end * hours,
                    0.45, 'request effort', slot
                )) / 4)
        end as effort_hours,
        case
            when fate != 'self_service'
                then hours_after(requested_at, around(
                    response_hours * slowness, 0.7, 'request response', slot
                ))
        end as first_response_at
    from answering_requests
),

started as (
    select
        *,
        case
            when fate in ('existing_asset', 'analyst')
                then hours_after(first_response_at, around(
                    case when fate = 'existing_asset' then 0.3 else 1 end * wait_hours * slowness,
                    0.8, 'request wait', slot
                ))
        end as started_at
    from responded
),

worked as (
    select
        *,
        case fate
            when 'self_service'
                then hours_after(requested_at, around(0.4, 0.8, 'own answer', slot))
            when 'existing_asset' then hours_after(started_at, effort_hours)
            when 'analyst'
                then hours_after(started_at, effort_hours * (1 + exponential('request work', slot)))
        end as finished_at,
        case
            when fate = 'abandoned'
                then hours_after(first_response_at, around(200, 0.8, 'request given up', slot))
        end as abandoned_at
    from started
)

select
    *,
    case
        when fate = 'analyst' and uniform('request reopened', slot) < reopened_share
            then hours_after(finished_at, around(20, 0.6, 'request sent back', slot))
    end as reopened_at
from worked;

create view told_requests as
select
    *,
    case
        when reopened_at is null then finished_at
        else hours_after(reopened_at, around(60, 0.8, 'second answer', slot))
    end as answered_at
from timed_requests;

create macro by_the_end(moment) as case when moment < getvariable('end_moment') then moment end;

create view seen_requests as
with seen as (
    select
        slot,
        department,
        kind,
        title,
        tables_used,
        requested_at,
        by_the_end(first_response_at) as first_response_at,
        by_the_end(started_at) as started_at,
        by_the_end(answered_at) as answered_at,
        by_the_end(abandoned_at) as abandoned_at,
        by_the_end(reopened_at) as reopened_at,
        fate,
        asset,
        taker,
        effort_hours
    from told_requests
    union all
    select
        getvariable('demand_requests') + row_number() over () as slot,
        department,
        kind,
        title,
        null as tables_used,
        requested_at,
        hours_after(requested_at, 3.5) as first_response_at,
        null as started_at,
        null as answered_at,
        null as abandoned_at,
        null as reopened_at,
        'waiting' as fate,
        null as asset,
        null as taker,
        null as effort_hours
    from (
        select unnest(requests, recursive := true)
        from (
            select
                unnest(from_json(getvariable('data_team_truths'), '[{
                    "never_answered_requests": [{
                        "department": "varchar", "kind": "varchar", "title": "varchar",
                        "requested_at": "timestamp"
                    }]
                }]')).never_answered_requests as requests
        )
        where requests is not null
    )
)

select
    *,
    -- Slow answers and those sent back please less.
    4.7 - 0.5 * ln(1 + date_diff('minute', requested_at, answered_at) / 720)
    - case when reopened_at is null then 0 else 0.9 end
    + 0.6 * normal('satisfaction', slot) as contentment,
    row_number() over (order by requested_at, slot) as request_number
from seen;

create table requests as
select
    'r' || request_number as request_id,
    department,
    kind,
    title,
    tables_used,
    requested_at,
    first_response_at,
    started_at,
    answered_at,
    abandoned_at,
    reopened_at,
    case when answered_at is not null then fate end as answered_by,
    case
        when answered_at is not null and fate in ('self_service', 'existing_asset')
            then coalesce(asset, split_part(tables_used, ',', 1), 'metric_site')
    end as asset_name,
    case when started_at is not null then taker.member_id end as member_id,
    case
        when answered_at is not null and fate != 'self_service'
            then cast(effort_hours as decimal(6, 2))
    end as effort_hours,
    case
        when
            answered_at is not null
            and uniform('says how content', slot)
            < case fate when 'self_service' then 0.25 else 0.6 end
            then cast(least(5, greatest(1, round(contentment))) as integer)
    end as satisfaction,
    next_batch(greatest(
        requested_at, first_response_at, started_at, answered_at, abandoned_at, reopened_at
    )) as loaded_at
from seen_requests;

-- The loading tool writes over what it delivered; of every sixteenth it kept the first delivery.
create view asked_requests as
select
    request_id,
    department,
    kind,
    title,
    null as tables_used,
    requested_at,
    null as first_response_at,
    null as started_at,
    null as answered_at,
    null as abandoned_at,
    null as reopened_at,
    null as answered_by,
    null as asset_name,
    null as member_id,
    null as effort_hours,
    null as satisfaction,
    next_batch(requested_at) as loaded_at
from requests
where
    cast(substr(request_id, 2) as integer) % 16 = 0
    and loaded_at > next_batch(requested_at);
