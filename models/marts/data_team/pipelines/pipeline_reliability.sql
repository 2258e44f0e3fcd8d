with runs as (

    select * from {{ ref('team_pipeline_runs') }}

),

waits as (

    select * from {{ ref('int_pipeline_waits_explained') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

explained as (

    select
        upstream_run_key,
        count(*) as late_count,
        sum(explained_minutes) as late_minutes
    from waits
    group by upstream_run_key

),

past_runs as (

    select
        runs.*,
        cast({{ dbt.date_trunc('month', 'runs.run_date') }} as date) as period_start,
        explained.late_count as dependents_late_count,
        explained.late_minutes as dependents_late_minutes
    from runs
    inner join as_of on runs.run_date < as_of.as_of_date
    left join explained on runs.run_key = explained.upstream_run_key

),

-- each run once in its month and once on its weekday
by_weekday as (

    select
        past_runs.*,
        'total' as day_name
    from past_runs
    union all
    select
        past_runs.*,
        weekday as day_name
    from past_runs

),

pipelines as (

    select
        dag_id,
        min(run_date) as first_date
    from past_runs
    group by dag_id

),

last_runs as (

    select
        dag_id,
        domain,
        row_number() over (
            partition by dag_id
            order by run_date desc, scheduled_at desc, run_id desc
        ) as runs_back
    from past_runs
    where domain is not null

),

covered as (

    select
        pipelines.dag_id,
        pipelines.first_date,
        {{ add_days('as_of.as_of_date', -1) }} as last_date
    from pipelines
    cross join as_of

),

days as (

    select
        dag_id,
        {{ days_between('first_date', 'last_date') }}
            as date_day
    from covered

),

months as (

    select distinct
        dag_id,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as period_start
    from days

),

weekdays (day_name) as (

    values
    ('total'), ('Monday'), ('Tuesday'), ('Wednesday'), ('Thursday'), ('Friday'), ('Saturday'),
    ('Sunday')

),

counted as (

    select
        dag_id,
        period_start,
        day_name,
        count(*) as run_count,
        count(case when state = 'success' then 1 end) as success_count,
        count(case when is_first_try_success then 1 end) as first_try_success_count,
        count(case when state in ('failed', 'upstream_failed') then 1 end) as failed_count,
        count(case when state = 'skipped' then 1 end) as skipped_count,
        count(case when state in ('running', 'queued') then 1 end) as running_count,
        cast(sum(tries - 1) as bigint) as retry_count,
        count(case when reason = 'not_due' then 1 end) as not_due_count,
        count(sla_minutes) as agreed_count,
        count(is_sla_met) as sla_run_count,
        count(case when is_sla_met then 1 end) as sla_met_count,
        coalesce(sum(dependents_late_count), 0) as dependents_late_count,
        coalesce(sum(dependents_late_minutes), 0.0e0) as dependents_late_minutes,
        {{ quantiles('start_delay_minutes', [0.5, 0.9]) }} as start_delays,
        {{ quantiles('duration_minutes', [0.5, 0.9]) }} as durations,
        {{ quantiles('case when not is_sla_met then late_minutes end', [0.5, 0.9]) }} as delays
    from by_weekday
    group by dag_id, period_start, day_name

),

final as (

    select
        -- ids
        months.dag_id,
        weekdays.day_name as weekday,

        -- text
        last_runs.domain,
        case
            when counted.run_count is null then 'no_runs'
            when counted.agreed_count = 0 then 'no_sla'
            when counted.sla_run_count = 0 and counted.not_due_count > 0 then 'not_due'
            when counted.sla_run_count = 0 then 'not_told'
        end as reason,

        -- numbers
        coalesce(counted.run_count, 0) as run_count,
        coalesce(counted.success_count, 0) as success_count,
        coalesce(counted.first_try_success_count, 0) as first_try_success_count,
        coalesce(counted.failed_count, 0) as failed_count,
        coalesce(counted.skipped_count, 0) as skipped_count,
        coalesce(counted.running_count, 0) as running_count,
        coalesce(counted.retry_count, 0) as retry_count,
        {{ list_item('counted.start_delays', 1) }} as start_delay_minutes_p50,
        {{ list_item('counted.start_delays', 2) }} as start_delay_minutes_p90,
        {{ list_item('counted.durations', 1) }} as duration_minutes_p50,
        {{ list_item('counted.durations', 2) }} as duration_minutes_p90,
        coalesce(counted.sla_run_count, 0) as sla_run_count,
        coalesce(counted.sla_met_count, 0) as sla_met_count,
        cast(counted.sla_met_count as double) / nullif(counted.sla_run_count, 0) as sla_met_share,
        {{ wilson_bound('counted.sla_met_count', 'counted.sla_run_count', 'low') }}
            as sla_met_share_low,
        {{ wilson_bound('counted.sla_met_count', 'counted.sla_run_count', 'high') }}
            as sla_met_share_high,
        {{ list_item('counted.delays', 1) }} as late_minutes_p50,
        {{ list_item('counted.delays', 2) }} as late_minutes_p90,
        cast(coalesce(counted.dependents_late_count, 0) as bigint) as dependents_late_count,
        coalesce(counted.dependents_late_minutes, 0.0e0) as dependents_late_minutes,

        -- booleans
        {{ add_months('months.period_start', 1) }}
        <= as_of.as_of_date as is_complete_month,

        -- times
        months.period_start
    from months
    cross join weekdays
    cross join as_of
    left join counted
        on
            months.dag_id = counted.dag_id
            and months.period_start = counted.period_start
            and weekdays.day_name = counted.day_name
    left join last_runs
        on
            months.dag_id = last_runs.dag_id
            and last_runs.runs_back = 1

)

select * from final
