with decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

scheduled as (

    select * from {{ ref('int_experiments_scheduled') }}

),

-- an experiment is looked at where its last treatment was decided on, or where it stands
final as (

    select
        scheduled.experiment_id,
        scheduled.control_variant_id,
        scheduled.alpha,
        scheduled.power,
        scheduled.started_at,
        scheduled.started_date,
        scheduled.exposures_until,
        scheduled.registered_at,
        scheduled.complete_day,
        coalesce(
            max(coalesce(decision_days.decision_day, decision_days.last_day)), scheduled.last_day
        )
            as snapshot_day,
        count(decision_days.treatment_variant_id) > 0
        and count(decision_days.treatment_variant_id) = count(decision_days.decision_day)
            as is_decided
    from scheduled
    left join decision_days on scheduled.experiment_id = decision_days.experiment_id
    group by
        scheduled.experiment_id,
        scheduled.control_variant_id,
        scheduled.alpha,
        scheduled.power,
        scheduled.started_at,
        scheduled.started_date,
        scheduled.exposures_until,
        scheduled.registered_at,
        scheduled.complete_day,
        scheduled.last_day

)

select * from final
