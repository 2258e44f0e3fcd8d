with tries as (

    select * from {{ ref('stg_data_team__pipeline_runs') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- what still runs or never began has taken no known time
ended_tries as (

    select
        tries.dag_id as pipeline_id,
        coalesce(tries.domain, '(none)') as domain,
        {{ local_date('tries.start_date') }} as started_date,
        {{ date_difference('second', 'tries.start_date', 'tries.end_date') }} as run_seconds
    from tries
    where tries.start_date is not null and tries.end_date is not null

),

summed as (

    select
        ended_tries.pipeline_id,
        ended_tries.domain,
        cast({{ dbt.date_trunc('month', 'ended_tries.started_date') }} as date) as cost_month,
        count(*) as try_count,
        {{ whole_number('sum(ended_tries.run_seconds)') }} as run_seconds
    from ended_tries
    cross join as_of
    where ended_tries.started_date < as_of.as_of_date
    group by
        ended_tries.pipeline_id,
        ended_tries.domain,
        cast({{ dbt.date_trunc('month', 'ended_tries.started_date') }} as date)

)

select * from summed
