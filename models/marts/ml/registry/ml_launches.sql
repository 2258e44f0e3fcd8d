with launches as (

    select * from {{ ref('int_ml_launches_gated') }}

),

decisions as (

    select * from {{ ref('experiment_decisions') }}

),

-- an experiment with several treatments has several recommendations
recommendations as (

    select
        experiment_id,
        case
            when min(recommendation) = max(recommendation) then min(recommendation)
            else 'by_treatment'
        end as experiment_recommendation,
        case
            when min(decision) = max(decision) then min(decision)
            when max(decision) is not null then 'by_treatment'
        end as experiment_decision
    from decisions
    group by experiment_id

),

final as (

    select
        -- ids
        launches.launch_id,
        launches.model_id,
        launches.version_id,
        launches.experiment_id,

        -- text
        launches.owner,
        launches.role,
        launches.platform,
        launches.endpoint,
        launches.outcome,
        launches.gate_status,
        launches.failed_checks,
        recommendations.experiment_recommendation,
        recommendations.experiment_decision,

        -- numbers
        launches.traffic_share,
        launches.failed_check_count,
        launches.day_count,

        -- booleans
        launches.is_live,

        -- times
        launches.launched_at,
        launches.ended_at
    from launches
    left join recommendations on launches.experiment_id = recommendations.experiment_id

)

select * from final
