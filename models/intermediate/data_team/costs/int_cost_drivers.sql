with pipelines as (

    select * from {{ ref('int_pipeline_seconds_summed') }}

),

dashboard_views as (

    select * from {{ ref('stg_data_team__dashboard_views') }}

),

requests as (

    select * from {{ ref('stg_data_team__requests') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

viewed_days as (

    select
        coalesce(dashboard_views.department, '(none)') as department,
        {{ local_date('dashboard_views.viewed_at') }} as date_day
    from dashboard_views

),

answered_days as (

    select
        requests.department,
        {{ local_date('requests.answered_at') }} as date_day
    from requests
    where requests.answered_at is not null

),

counted as (

    select
        'dashboard_views' as driver,
        department,
        date_day
    from viewed_days
    union all
    select
        'requests' as driver,
        department,
        date_day
    from answered_days

),

drivers as (

    select
        cost_month,
        'pipeline_seconds' as driver,
        'domain' as target_type,
        domain as target,
        sum(run_seconds) as driver_value
    from pipelines
    group by cost_month, domain
    union all
    select
        cost_month,
        'pipeline_seconds' as driver,
        'pipeline' as target_type,
        pipeline_id as target,
        sum(run_seconds) as driver_value
    from pipelines
    group by cost_month, pipeline_id
    union all
    select
        cast({{ dbt.date_trunc('month', 'counted.date_day') }} as date) as cost_month,
        counted.driver,
        'domain' as target_type,
        counted.department as target,
        count(*) as driver_value
    from counted
    cross join as_of
    where counted.date_day < as_of.as_of_date
    group by
        cast({{ dbt.date_trunc('month', 'counted.date_day') }} as date),
        counted.driver,
        counted.department

),

final as (

    select
        cost_month,
        driver,
        target_type,
        target,
        {{ whole_number('driver_value') }} as driver_value
    from drivers
    where driver_value > 0

)

select * from final
