with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

experiments as (

    select * from {{ ref('base_experiments__experiments') }}

),

variants as (

    select * from {{ ref('base_experiments__variants') }}

),

experiment_metrics as (

    select * from {{ ref('base_experiments__experiment_metrics') }}

),

exposures as (

    select * from {{ ref('stg_experiments__exposures') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- every plan that was ever delivered of an experiment, and when
plans as (

    select
        experiment_id,
        loaded_at,
        concat(
            coalesce(hypothesis, ''), '|', coalesce(control_variant_id, ''), '|',
            coalesce(cast(alpha as string), ''), '|', coalesce(cast(power as string), ''), '|',
            coalesce(monitoring, ''), '|', coalesce(primary_rule, ''), '|',
            coalesce(decision_estimator, ''), '|',
            coalesce(cast(planned_end_at as string), '')
        ) as plan
    from experiments
    where rejection_reasons is null or rejection_reasons = 'superseded'

),

first_plans as (

    select
        experiment_id,
        plan,
        row_number() over (partition by experiment_id order by loaded_at, plan) as place
    from plans

),

edited_plans as (

    select distinct plans.experiment_id
    from plans
    inner join first_plans
        on plans.experiment_id = first_plans.experiment_id and first_plans.place = 1
    inner join snapshots on plans.experiment_id = snapshots.experiment_id
    where plans.plan != first_plans.plan and plans.loaded_at > snapshots.started_at

),

late_parts as (

    select
        experiment_metrics.experiment_id,
        min(experiment_metrics.metric_name) as part
    from experiment_metrics
    inner join snapshots on experiment_metrics.experiment_id = snapshots.experiment_id
    where
        experiment_metrics.rejection_reasons is null
        and experiment_metrics.loaded_at > {{ seconds_later('snapshots.started_at', 86400) }}
    group by experiment_metrics.experiment_id
    union all
    select
        variants.experiment_id,
        min(variants.variant_id) as part
    from variants
    inner join snapshots on variants.experiment_id = snapshots.experiment_id
    where
        variants.rejection_reasons is null
        and variants.loaded_at > {{ seconds_later('snapshots.started_at', 86400) }}
    group by variants.experiment_id

),

edited_parts as (

    select
        experiment_id,
        min(part) as part
    from late_parts
    group by experiment_id

),

exposures_outside as (

    select
        exposures.experiment_id,
        count(*) as outside_count
    from exposures
    inner join snapshots on exposures.experiment_id = snapshots.experiment_id
    where
        exposures.exposed_at < snapshots.started_at
        or exposures.exposed_at >= snapshots.exposures_until
    group by exposures.experiment_id

),

final as (

    select
        experiment_id,
        'registered_before_start' as check_name,
        cast(null as double) as statistic,
        case
            when registered_at is null or registered_at > started_at then 'warning' else 'passed'
        end as status,
        case
            when registered_at is null then 'nobody wrote down when it was registered'
            when registered_at > started_at then 'registered after its start'
            else 'registered before its start'
        end as explanation
    from snapshots
    union all
    select
        snapshots.experiment_id,
        'unedited' as check_name,
        cast(null as double) as statistic,
        case
            when edited_plans.experiment_id is null and edited_parts.part is null then 'passed'
            else 'warning'
        end as status,
        case
            when edited_plans.experiment_id is not null then 'its plan was edited after the start'
            when edited_parts.part is not null
                then concat('''', edited_parts.part, ''' was added or edited after the start')
            else 'what was registered stayed as it was'
        end as explanation
    from snapshots
    left join edited_plans on snapshots.experiment_id = edited_plans.experiment_id
    left join edited_parts on snapshots.experiment_id = edited_parts.experiment_id
    union all
    select
        snapshots.experiment_id,
        'exposures_in_time' as check_name,
        cast(coalesce(exposures_outside.outside_count, 0) as double) as statistic,
        case when exposures_outside.outside_count > 0 then 'warning' else 'passed' end as status,
        case
            when exposures_outside.outside_count > 0
                then concat(
                        cast(exposures_outside.outside_count as string),
                        ' exposures before the start or after the end do not count'
                    )
            else 'every exposure falls between start and end'
        end as explanation
    from snapshots
    left join exposures_outside on snapshots.experiment_id = exposures_outside.experiment_id
    union all
    select
        snapshots.experiment_id,
        'fresh' as check_name,
        cast(
            {{ date_difference('day', 'snapshots.complete_day', 'as_of.as_of_date') }} - 1 as double
        ) as statistic,
        case
            when
                {{ date_difference('day', 'snapshots.complete_day', 'as_of.as_of_date') }} > 2
                then 'warning'
            else 'passed'
        end as status,
        concat('complete through ', cast(snapshots.complete_day as string)) as explanation
    from snapshots
    cross join as_of

)

select * from final
