with launches as (

    select * from {{ ref('stg_ml__launches') }}

),

models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

checks as (

    select * from {{ ref('int_ml_launch_checks') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

gates as (

    select
        launch_id,
        count(case when status = 'failed' then 1 end) as failed_check_count,
        min(case when check_name = 'owner' then status end) as owner_status,
        min(case when check_name = 'approval' then status end) as approval_status,
        min(case when check_name = 'baseline_beaten' then status end) as baseline_status,
        min(case when check_name = 'validation_passed' then status end) as validation_status,
        min(case when check_name = 'experiment_registered' then status end) as experiment_status
    from checks
    group by launch_id

),

final as (

    select
        -- ids
        launches.launch_id,
        launches.model_id,
        launches.version_id,
        launches.experiment_id,

        -- text
        models.owner,
        versions.role,
        launches.platform,
        launches.endpoint,
        launches.outcome,
        case when gates.failed_check_count = 0 then 'passed' else 'failed' end as gate_status,
        nullif(concat_ws(
            ', ',
            case when gates.owner_status = 'failed' then 'owner' end,
            case when gates.approval_status = 'failed' then 'approval' end,
            case when gates.baseline_status = 'failed' then 'baseline_beaten' end,
            case when gates.validation_status = 'failed' then 'validation_passed' end,
            case when gates.experiment_status = 'failed' then 'experiment_registered' end
        ), '') as failed_checks,

        -- numbers
        launches.traffic_share,
        gates.failed_check_count,
        {{ date_difference(
            'day', 'cast(launches.launched_at as date)',
            'coalesce(cast(launches.ended_at as date), as_of.as_of_date)'
        ) }} as day_count,

        -- booleans
        launches.ended_at is null and coalesce(launches.outcome, 'running') in ('running', 'kept')
            as is_live,

        -- times
        launches.launched_at,
        launches.ended_at
    from launches
    cross join as_of
    left join models on launches.model_id = models.model_id
    left join versions
        on launches.model_id = versions.model_id and launches.version_id = versions.version_id
    left join gates on launches.launch_id = gates.launch_id

)

select * from final
