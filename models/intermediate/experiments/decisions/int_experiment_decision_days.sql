with rules as (

    select * from {{ ref('int_experiment_daily_rules') }}

),

comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

scheduled as (

    select
        experiment_id,
        treatment_variant_id,
        max(started_date) as started_date,
        max(last_day) as last_day,
        max(planned_decision_day) as planned_decision_day
    from comparisons
    group by experiment_id, treatment_variant_id

),

early_days as (

    -- a sequence may stop as soon as the rule decides, any experiment as soon as it does harm
    select
        rules.experiment_id,
        rules.treatment_variant_id,
        min(rules.as_of_date) as early_decision_day
    from rules
    inner join scheduled
        on
            rules.experiment_id = scheduled.experiment_id
            and rules.treatment_variant_id = scheduled.treatment_variant_id
    where
        rules.as_of_date >= {{ add_days('scheduled.started_date', 6) }}
        and (
            rules.is_harmed_early
            or (
                rules.monitoring = 'always_valid'
                and rules.is_primary_met
                and rules.is_safe
            )
        )
    group by rules.experiment_id, rules.treatment_variant_id

),

final as (

    select
        scheduled.experiment_id,
        scheduled.treatment_variant_id,
        scheduled.planned_decision_day,
        early_days.early_decision_day,
        case
            when early_days.early_decision_day < scheduled.planned_decision_day
                then early_days.early_decision_day
            when scheduled.planned_decision_day <= scheduled.last_day
                then scheduled.planned_decision_day
        end as decision_day,
        coalesce(early_days.early_decision_day < scheduled.planned_decision_day, false)
            as is_early,
        scheduled.last_day
    from scheduled
    left join early_days
        on
            scheduled.experiment_id = early_days.experiment_id
            and scheduled.treatment_variant_id = early_days.treatment_variant_id

)

select * from final
