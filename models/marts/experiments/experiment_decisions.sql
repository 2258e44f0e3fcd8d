with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

rules as (

    select * from {{ ref('int_experiment_daily_rules') }}

),

health_checks as (

    select * from {{ ref('experiment_health_checks') }}

),

failed_checks as (

    select
        experiment_id,
        min(check_name) as failed_check
    from health_checks
    where is_blocking and status = 'failed'
    group by experiment_id

),

late_checks as (

    select
        experiment_id,
        min(explanation) as warning
    from health_checks
    where check_name in ('registered_before_start', 'unedited') and status = 'warning'
    group by experiment_id

),

-- the rule as it stood on the day that decides; later data do not move it
judged as (

    select
        decision_days.experiment_id,
        decision_days.treatment_variant_id,
        decision_days.decision_day,
        decision_days.planned_decision_day,
        decision_days.is_early,
        decision_days.last_day,
        rules.primary_count,
        rules.is_primary_met,
        case
            when decision_days.is_early then rules.is_harmed_early else rules.is_harmed
        end as is_harmed,
        rules.is_safe,
        rules.is_too_small,
        case
            when decision_days.is_early then rules.harmed_guardrail_early
            else rules.harmed_guardrail
        end as harmed_guardrail,
        rules.unclear_guardrail,
        rules.better_primary,
        rules.worse_primary
    from decision_days
    left join rules
        on
            decision_days.experiment_id = rules.experiment_id
            and decision_days.treatment_variant_id = rules.treatment_variant_id
            and coalesce(decision_days.decision_day, decision_days.last_day) = rules.as_of_date

),

recommended as (

    select
        judged.*,
        experiments.kind,
        failed_checks.failed_check,
        late_checks.warning,
        experiments.decision,
        experiments.decided_at,
        experiments.decided_by,
        case
            when failed_checks.failed_check is not null then 'invalid'
            when experiments.kind = 'aa' and judged.decision_day is not null then 'inconclusive'
            when judged.decision_day is null then 'keep_running'
            when judged.is_harmed then 'roll_back'
            when judged.is_primary_met and judged.is_safe then 'ship'
            when judged.is_primary_met then 'inconclusive'
            when judged.is_too_small then 'roll_back'
            else 'inconclusive'
        end as recommendation
    from judged
    inner join experiments on judged.experiment_id = experiments.experiment_id
    left join failed_checks on judged.experiment_id = failed_checks.experiment_id
    left join late_checks on judged.experiment_id = late_checks.experiment_id

),

explained as (

    select
        *,
        case
            when failed_check is not null
                then concat(
                        'the check ''', failed_check, ''' failed: no number of it can be trusted'
                    )
            when kind = 'aa' and decision_day is not null then 'A/A: no decision is expected'
            when decision_day is null
                then concat(
                        'the decision is due on ', cast(planned_decision_day as string)
                    )
            when is_harmed and harmed_guardrail is not null
                then concat('the guardrail ''', harmed_guardrail, ''' is shown harmed')
            when is_harmed
                then concat('the primary ''', coalesce(worse_primary, ''), ''' became worse')
            when is_primary_met and is_safe
                then concat(
                        'the primary ''', better_primary, ''' is better and no guardrail is worse'
                    )
            when is_primary_met
                then concat(
                        'the primary ''', better_primary, ''' is better, but the guardrail ''',
                        coalesce(unclear_guardrail, ''), ''' is neither shown safe nor harmed'
                    )
            when is_too_small
                then 'smaller than worth it: what can be gained is below the registered effect'
            when coalesce(primary_count, 0) = 0 then 'without a primary metric nothing can ship'
            else 'underpowered: neither a gain nor the lack of one is shown'
        end as main_reason
    from recommended

),

final as (

    select
        -- ids
        experiment_id,
        treatment_variant_id,

        -- text
        recommendation,
        concat(
            main_reason,
            case
                when is_early and failed_check is null then '; decided before its planned end'
                else ''
            end,
            case when warning is not null then concat('; ', warning) else '' end
        ) as reasons,
        decision,
        decided_by,

        -- booleans
        is_early,
        case
            when decision is null then null
            -- nothing can be concluded from it, so anything but shipping is right
            when recommendation = 'invalid' then decision != 'ship'
            else decision = recommendation
        end as is_by_the_rule,

        -- times
        planned_decision_day as planned_decision_date,
        decision_day as decision_date,
        decided_at
    from explained

)

select * from final
