with tries as (

    select * from {{ ref('stg_data_team__pipeline_runs') }}

),

ranked_tries as (

    select
        *,
        row_number() over (partition by dag_id, run_id order by try_number desc) as tries_back
    from tries

),

-- what is said of a run is what its last try says
joined_runs as (

    select
        -- ids
        dag_id,
        run_id,

        -- text
        max(case when tries_back = 1 then state end) as state,
        max(case when tries_back = 1 then domain end) as domain,
        max(case when tries_back = 1 then upstream_dag_ids end) as upstream_dag_ids,

        -- numbers
        max(try_number) as tries,
        max(case when tries_back = 1 then sla_minutes end) as sla_minutes,
        sum({{ date_difference('second', 'start_date', 'end_date') }}) as run_seconds,

        -- booleans
        coalesce(max(case when try_number = 1 and state = 'success' then 1 end), 0) = 1
            as is_first_try_success,

        -- times
        max(case when tries_back = 1 then scheduled_at end) as scheduled_at,
        min(start_date) as started_at,
        max(case when tries_back = 1 then end_date end) as ended_at,
        min(case when state = 'success' then end_date end) as succeeded_at
    from ranked_tries
    group by dag_id, run_id

),

final as (

    select
        -- ids
        concat(dag_id, '/', run_id) as run_key,
        dag_id,
        run_id,

        -- text
        state,
        domain,
        upstream_dag_ids,

        -- numbers
        tries,
        sla_minutes,
        cast(coalesce(run_seconds, 0) as bigint) as run_seconds,

        -- booleans
        is_first_try_success,

        -- times
        {{ local_date('scheduled_at') }} as run_date,
        scheduled_at,
        started_at,
        ended_at,
        succeeded_at,
        {{ seconds_later('scheduled_at', 'cast(sla_minutes * 60 as integer)') }} as due_at
    from joined_runs

)

select * from final
