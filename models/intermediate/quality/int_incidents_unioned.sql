with reported_incidents as (

    select * from {{ ref('stg_data_team__incidents') }}

),

invocations as (

    -- another engine is another warehouse
    select *
    from {{ ref('stg_history__invocations') }}
    where engine = '{{ target.type }}'

),

test_results as (

    select * from {{ ref('stg_history__test_results') }}

),

node_runs as (

    select * from {{ ref('stg_history__node_runs') }}

),

checks as (

    select
        invocation_id,
        test_id as node_id,
        table_name,
        'failed_test' as kind,
        'medium' as severity,
        'test' as detected_by,
        concat('test ', test_name) as cause,
        case
            when status in ('pass', 'warn') then false
            when status in ('fail', 'error') then true
        end as is_bad
    from test_results
    union all
    select
        invocation_id,
        node_id,
        node_name as table_name,
        'failed_build' as kind,
        'high' as severity,
        'build' as detected_by,
        concat(resource_type, ' ', node_name) as cause,
        case
            when status = 'success' then false
            when status in ('error', 'partial success') then true
        end as is_bad
    from node_runs
    where resource_type in ('model', 'seed', 'snapshot')

),

-- what was skipped took part, and says nothing
checked_runs as (

    select
        checks.*,
        invocations.ended_at,
        max(invocations.ended_at) over (partition by checks.node_id) as last_seen_at
    from checks
    inner join invocations on checks.invocation_id = invocations.invocation_id

),

changes as (

    select
        *,
        lag(is_bad) over in_turn as was_bad,
        lag(ended_at) over in_turn as previous_ended_at
    from checked_runs
    where is_bad is not null
    window in_turn as (partition by node_id order by ended_at, invocation_id)

),

spells as (

    select
        *,
        lead(ended_at) over (partition by node_id order by ended_at, invocation_id)
            as next_changed_at
    from changes
    where is_bad is distinct from was_bad

),

failing_spells as (

    select *
    from spells
    where is_bad

),

-- a check that a later build of everything no longer has is nobody's incident any more
given_up as (

    select
        failing_spells.node_id,
        min(invocations.ended_at) as given_up_at
    from failing_spells
    inner join invocations
        on
            failing_spells.last_seen_at < invocations.ended_at
            and invocations.is_complete
    where failing_spells.next_changed_at is null
    group by failing_spells.node_id

),

found_incidents as (

    select
        md5(concat(failing_spells.invocation_id, '|', failing_spells.node_id)) as incident_id,
        'run_history' as origin,
        failing_spells.table_name as affected_table,
        cast(null as string) as affected_metric,
        failing_spells.kind,
        failing_spells.severity,
        failing_spells.detected_by,
        failing_spells.cause,
        false as is_confirmed,
        coalesce(failing_spells.previous_ended_at, failing_spells.ended_at) as started_at,
        failing_spells.ended_at as detected_at,
        coalesce(failing_spells.next_changed_at, given_up.given_up_at) as resolved_at,
        failing_spells.last_seen_at,
        cast(null as date) as affected_from,
        cast(null as date) as affected_to
    from failing_spells
    left join given_up
        on
            failing_spells.node_id = given_up.node_id
            and failing_spells.next_changed_at is null

),

final as (

    select
        incident_id,
        'reported' as origin,
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
        detected_at as last_seen_at,
        affected_from,
        affected_to
    from reported_incidents
    union all
    select
        incident_id,
        origin,
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
        last_seen_at,
        affected_from,
        affected_to
    from found_incidents

)

select * from final
