-- Tries of the pipelines' runs, from planted.yml, truths, orchestration: up to three a run, five
-- minutes apart. A run waits for the last try of those upstream, and fails if one of them failed.

create table pipelines as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"pipelines": [{
        "dag_id": "varchar", "domain": "varchar", "due": "interval", "minutes": "double",
        "spread": "double", "sla_minutes": "integer", "fail_share": "double",
        "monday_factor": "double", "upstream": "varchar", "is_on_weekdays_only": "boolean",
        "first_day": "date", "paused_in": "date", "skipped_on": ["date"]
    }]}]')) as truth
),

listed as (
    select
        unnest(truth.pipelines) as pipeline,
        generate_subscripts(truth.pipelines, 1) as pipeline_number
    from parsed
)

select
    unnest(pipeline),
    pipeline_number,
    string_split(pipeline.upstream, ',') as upstream_list
from listed;

create table planned_runs as
with days as (
    select cast(unnest(generate_series(
        cast(getvariable('team_first_day') as timestamp),
        getvariable('end_moment') - interval 1 day,
        interval 1 day
    )) as date) as day
)

select
    pipelines.*,
    days.day,
    days.day + pipelines.due as scheduled_at,
    pipeline_number * 10000
    + date_diff('day', getvariable('team_first_day'), days.day) as run_number,
    coalesce(list_contains(pipelines.skipped_on, days.day), false) as is_skipped,
    60 * minutes * exp(spread * normal('run length', run_number)) * case
        when isodow(days.day) = 1 then coalesce(monday_factor, 1) else 1
    end as needed_seconds
from days
cross join pipelines
where
    days.day >= coalesce(pipelines.first_day, getvariable('team_first_day'))
    and not (coalesce(pipelines.is_on_weekdays_only, false) and isodow(days.day) >= 6)
    and date_trunc('month', days.day) is distinct from pipelines.paused_in;

create table finished_tries (
    dag_id varchar,
    day date,
    try_number integer,
    state varchar,
    start_date timestamp,
    end_date timestamp
);

-- The tries of one pipeline, from those upstream that are finished.
create macro tries_of(wanted_dag_id) as table
with upstream_runs as (
    select
        runs.run_number,
        max(tries.end_date) as ready_at
    from planned_runs as runs
    inner join finished_tries as tries
        on runs.day = tries.day and list_contains(runs.upstream_list, tries.dag_id)
    where runs.dag_id = wanted_dag_id
    group by runs.run_number
),

failed_upstream as (
    select runs.run_number
    from planned_runs as runs
    inner join finished_tries as tries
        on runs.day = tries.day and list_contains(runs.upstream_list, tries.dag_id)
    where runs.dag_id = wanted_dag_id
    group by runs.run_number, tries.dag_id
    having not bool_or(tries.state = 'success')
),

blocked_runs as (
    select distinct run_number
    from failed_upstream
),

ready as (
    select
        runs.*,
        greatest(runs.scheduled_at, upstream.ready_at) as ready_at,
        blocked.run_number is not null as is_blocked,
        case
            when runs.is_skipped or blocked.run_number is not null then 1
            when uniform('first try fails', runs.run_number) >= runs.fail_share then 1
            when uniform('second try fails', runs.run_number) >= 0.25 then 2
            else 3
        end as try_count,
        uniform('third try fails', runs.run_number) < 0.5 as is_failed_in_third
    from planned_runs as runs
    left join upstream_runs as upstream on runs.run_number = upstream.run_number
    left join blocked_runs as blocked on runs.run_number = blocked.run_number
    where runs.dag_id = wanted_dag_id
),

tried as (
    select
        *,
        unnest(range(1, try_count + 1)) as try_number,
        run_number * 4 + try_number as try_key
    from ready
),

lasting as (
    select
        *,
        20 + 40 * exponential('run start', try_key) as starting_seconds,
        needed_seconds * case
            when try_number < try_count then 0.1 + 0.6 * uniform('try fails after', try_key) else 1
        end as running_seconds,
        case
            when is_skipped then 'skipped'
            when is_blocked then 'upstream_failed'
            when try_number < try_count or try_number = 3 and is_failed_in_third then 'failed'
            else 'success'
        end as state
    from tried
),

placed as (
    select
        *,
        case
            when state in ('success', 'failed')
                then ready_at + to_seconds(cast(
                    sum(starting_seconds + running_seconds + 300) over (
                        partition by run_number
                        order by try_number
                    ) - 300 - running_seconds as bigint
                ))
        end as start_date
    from lasting
)

select
    dag_id,
    day,
    try_number,
    state,
    start_date,
    start_date + to_seconds(cast(running_seconds as bigint)) as end_date
from placed;

-- In the order of what waits for what.
insert into finished_tries from tries_of('orders');
insert into finished_tries from tries_of('events');
insert into finished_tries from tries_of('metrics');
insert into finished_tries from tries_of('readouts');
insert into finished_tries from tries_of('scores');
insert into finished_tries from tries_of('invoices');

create view pipeline_runs as
select
    tries.dag_id,
    strftime(tries.day, '%Y%m%d') as run_id,
    tries.try_number,
    case
        when tries.end_date >= getvariable('end_moment') then 'running' else tries.state
    end as state,
    runs.scheduled_at,
    tries.start_date,
    by_the_end(tries.end_date) as end_date,
    runs.sla_minutes,
    runs.upstream as upstream_dag_ids,
    runs.domain,
    least(
        getvariable('last_batch'),
        next_batch(coalesce(tries.end_date, runs.scheduled_at))
    ) as loaded_at
from finished_tries as tries
inner join planned_runs as runs on tries.dag_id = runs.dag_id and tries.day = runs.day
where coalesce(tries.start_date, runs.scheduled_at) < getvariable('end_moment');

create view running_tries as
select
    * replace (
        'running' as state,
        null as end_date,
        next_batch(start_date) as loaded_at
    )
from pipeline_runs
where loaded_at > next_batch(start_date);
