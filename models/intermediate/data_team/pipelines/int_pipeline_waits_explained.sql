with runs as (

    select * from {{ ref('team_pipeline_runs') }}

),

named_upstreams as (

    select
        run_key,
        dag_id,
        run_date,
        late_minutes,
        scheduled_at,
        started_at,
        {{ split_rows('upstream_dag_ids', "','") }}
            as upstream_name
    from runs
    where late_minutes > 0 and upstream_dag_ids is not null

),

upstreams as (

    select distinct
        run_key,
        dag_id,
        run_date,
        late_minutes,
        scheduled_at,
        started_at,
        trim(upstream_name) as upstream_dag_id
    from named_upstreams

),

-- a run that began before the other's end did not wait for it
waits as (

    select
        upstreams.run_key,
        upstreams.dag_id,
        upstreams.run_date,
        upstreams.late_minutes,
        upstream_runs.dag_id as upstream_dag_id,
        upstream_runs.run_key as upstream_run_key,
        greatest(
            cast(
                {{ date_difference(
                    'second', 'upstreams.scheduled_at', 'upstream_runs.succeeded_at'
                ) }} as double
            ) / 60.0e0,
            0.0e0
        ) as waited_minutes,
        row_number() over (
            partition by upstreams.run_key
            order by
                upstream_runs.succeeded_at desc, upstream_runs.dag_id asc, upstream_runs.run_id asc
        ) as ends_back
    from upstreams
    inner join runs as upstream_runs
        on
            upstreams.upstream_dag_id = upstream_runs.dag_id
            and upstreams.run_date = upstream_runs.run_date
            and upstreams.started_at >= upstream_runs.succeeded_at
    where upstreams.dag_id != upstream_runs.dag_id

),

-- the last to end is what a run waited for
final as (

    select
        run_key,
        dag_id,
        upstream_run_key,
        upstream_dag_id,
        waited_minutes,
        least(late_minutes, waited_minutes) as explained_minutes,
        run_date
    from waits
    where ends_back = 1

)

select * from final
