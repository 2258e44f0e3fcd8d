with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

arms as (

    select * from {{ ref('int_experiment_arms') }}

),

units as (

    select * from {{ ref('int_experiment_units') }}
    where population = 'exposed'

),

plans as (

    select * from {{ ref('experiment_plans') }}

),

health_checks as (

    select * from {{ ref('experiment_health_checks') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

rules as (

    select * from {{ ref('int_experiment_daily_rules') }}

),

stages as (

    select
        experiment_id,
        stage,
        max(started_at) as started_at,
        max(traffic_share) as traffic_share,
        count(case when planned_share > 0 then 1 end) as arm_count
    from arms
    group by experiment_id, stage

),

sample_sizes as (

    select
        experiment_id,
        max(sample_size) as sample_size
    from plans
    where role = 'primary'
    group by experiment_id

),

stage_units as (

    select
        experiment_id,
        stage,
        count(*) as unit_count,
        max(exposed_date) as last_exposed_date
    from units
    group by experiment_id, stage

),

failed_checks as (

    select
        experiment_id,
        count(*) as failed_check_count,
        min(check_name) as failed_check
    from health_checks
    where is_blocking and status = 'failed'
    group by experiment_id

),

harms as (

    select
        decision_days.experiment_id,
        min(rules.as_of_date) as harm_date
    from decision_days
    inner join rules
        on
            decision_days.experiment_id = rules.experiment_id
            and decision_days.treatment_variant_id = rules.treatment_variant_id
    where rules.is_harmed_early
    group by decision_days.experiment_id

),

-- each stage collects its part of the sample, and 100 units an arm at least
measured as (

    select
        stages.experiment_id,
        stages.stage,
        stages.started_at,
        stages.traffic_share,
        greatest(
            100 * stages.arm_count,
            cast(ceil(coalesce(sample_sizes.sample_size, 0) * stages.traffic_share) as bigint)
        ) as planned_unit_count,
        coalesce(stage_units.unit_count, 0) as unit_count,
        {{ date_difference('day', local_date('stages.started_at'), 'experiments.complete_day') }}
            as full_day_count,
        failed_checks.failed_check,
        coalesce(failed_checks.failed_check_count, 0) as failed_check_count,
        harms.harm_date
    from stages
    inner join experiments on stages.experiment_id = experiments.experiment_id
    left join sample_sizes on stages.experiment_id = sample_sizes.experiment_id
    left join stage_units
        on
            stages.experiment_id = stage_units.experiment_id
            and stages.stage = stage_units.stage
    left join failed_checks on stages.experiment_id = failed_checks.experiment_id
    left join harms on stages.experiment_id = harms.experiment_id

),

final as (

    select
        -- ids
        experiment_id,
        stage,

        -- text
        case
            when failed_check is not null or harm_date is not null then 'stop'
            when full_day_count >= 1 and unit_count >= planned_unit_count then 'proceed'
            else 'hold'
        end as recommendation,
        case
            when failed_check is not null
                then concat('the check ''', failed_check, ''' failed')
            when harm_date is not null
                then concat('harm was shown on ', cast(harm_date as string))
            when full_day_count < 1 then 'it has not run for a full day'
            when unit_count < planned_unit_count
                then concat(
                        cast(unit_count as string), ' of ', cast(planned_unit_count as string),
                        ' planned units'
                    )
            else 'it has its units, and nothing speaks against the next one'
        end as reason,

        -- numbers
        traffic_share,
        planned_unit_count,
        unit_count,
        failed_check_count,

        -- times
        started_at
    from measured

)

select * from final
