with runs as (

    select * from {{ ref('int_pipeline_runs_joined') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

known_until as (

    select {{ local_midnight('as_of_date') }} as known_until_at
    from as_of

),

judged_runs as (

    select
        runs.*,
        -- the first day of a time long ago that was a Monday
        mod({{ date_difference('day', "date '1900-01-01'", 'runs.run_date') }}, 7) as day_of_week,
        case
            when runs.due_at is null then 'no_sla'
            when runs.succeeded_at is not null then 'succeeded'
            when runs.state = 'skipped' then 'skipped'
            when runs.state = 'success' then 'end_unknown'
            when runs.due_at >= known_until.known_until_at then 'not_due'
            else 'not_succeeded'
        end as judgement
    from runs
    cross join known_until

),

final as (

    select
        -- ids
        run_key,
        dag_id,
        run_id,

        -- text
        domain,
        state,
        case day_of_week
            when 0 then 'Monday'
            when 1 then 'Tuesday'
            when 2 then 'Wednesday'
            when 3 then 'Thursday'
            when 4 then 'Friday'
            when 5 then 'Saturday'
            when 6 then 'Sunday'
        end as weekday,
        upstream_dag_ids,
        nullif(judgement, 'succeeded') as reason,

        -- numbers
        tries,
        sla_minutes,
        run_seconds,
        cast({{ date_difference('second', 'scheduled_at', 'started_at') }} as double) / 60.0e0
            as start_delay_minutes,
        cast({{ date_difference('second', 'started_at', 'ended_at') }} as double) / 60.0e0
            as duration_minutes,
        case
            when judgement = 'succeeded'
                then
                    greatest(
                        cast({{ date_difference('second', 'due_at', 'succeeded_at') }} as double)
                        / 60.0e0,
                        0.0e0
                    )
        end as late_minutes,

        -- booleans
        is_first_try_success,
        case
            when judgement = 'succeeded' then succeeded_at <= due_at
            when judgement = 'not_succeeded' then false
        end as is_sla_met,

        -- times
        run_date,
        {{ local_date('due_at') }} as due_date,
        scheduled_at,
        started_at,
        ended_at,
        succeeded_at,
        due_at
    from judged_runs

)

select * from final
