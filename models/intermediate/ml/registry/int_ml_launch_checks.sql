with launches as (

    select * from {{ ref('stg_ml__launches') }}

),

models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

validations as (

    select * from {{ ref('int_ml_versions_validated') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

-- what was known on the day: a validation after the launch does not count
known_validations as (

    select
        launches.launch_id,
        validations.validation_metric,
        validations.dataset,
        validations.metric_value,
        validations.baseline_value,
        validations.gain_over_baseline,
        validations.is_same_data,
        validations.is_passed,
        row_number() over (
            partition by launches.launch_id
            order by validations.validated_at desc, validations.validation_id desc
        ) as validations_back
    from launches
    inner join validations
        on
            launches.model_id = validations.model_id
            and launches.version_id = validations.version_id
            and launches.launched_at >= validations.validated_at

),

later_validations as (

    select
        launches.launch_id,
        min(validations.validated_at) as first_validated_at
    from launches
    inner join validations
        on
            launches.model_id = validations.model_id
            and launches.version_id = validations.version_id
    group by launches.launch_id

),

described as (

    select
        launches.launch_id,
        launches.model_id,
        launches.version_id,
        launches.experiment_id,
        launches.launched_at,
        models.owner,
        models.validation_metric,
        versions.role,
        versions.approval_status,
        known_validations.dataset,
        known_validations.metric_value,
        known_validations.baseline_value,
        known_validations.gain_over_baseline,
        known_validations.is_same_data,
        known_validations.is_passed,
        later_validations.first_validated_at,
        experiments.experiment_id as known_experiment_id,
        experiments.registered_at as experiment_registered_at
    from launches
    left join models on launches.model_id = models.model_id
    left join versions
        on launches.model_id = versions.model_id and launches.version_id = versions.version_id
    left join known_validations
        on
            launches.launch_id = known_validations.launch_id
            and known_validations.validations_back = 1
    left join later_validations on launches.launch_id = later_validations.launch_id
    left join experiments on launches.experiment_id = experiments.experiment_id

),

owners as (

    select
        launch_id,
        'owner' as check_name,
        owner is not null as is_met,
        case
            when owner is null then 'nobody answers for the model'
            else concat(owner, ' answers for the model')
        end as explanation
    from described

),

approvals as (

    select
        launch_id,
        'approval' as check_name,
        coalesce(approval_status = 'Approved', false) as is_met,
        case
            when approval_status is null then 'the registry does not know the version'
            else concat('the registry says ', approval_status)
        end as explanation
    from described

),

-- the simplest solution first: a baseline itself has nothing to beat
baselines as (

    select
        launch_id,
        'baseline_beaten' as check_name,
        role = 'heuristic_baseline' or coalesce(gain_over_baseline > 0, false) as is_met,
        case
            when role = 'heuristic_baseline' then 'it is the baseline'
            when metric_value is null
                then concat(
                        'the version was not validated by ',
                        coalesce(validation_metric, 'the metric of its model'),
                        ' before the launch'
                    )
            when baseline_value is null then 'no heuristic baseline was validated'
            else concat(
                    validation_metric, ' ', cast(round(metric_value, 4) as string),
                    ' against ', cast(round(baseline_value, 4) as string), ' of the baseline',
                    case when is_same_data then '' else ', on other data' end
                )
        end as explanation
    from described

),

passed_validations as (

    select
        launch_id,
        'validation_passed' as check_name,
        coalesce(is_passed, false) as is_met,
        case
            when is_passed then concat('passed on ', coalesce(dataset, 'unnamed data'))
            when not is_passed then concat('failed on ', coalesce(dataset, 'unnamed data'))
            when first_validated_at is not null
                then concat(
                        'first validated on ',
                        cast(cast(first_validated_at as date) as string), ', after the launch'
                    )
            else 'never validated'
        end as explanation
    from described

),

registered_experiments as (

    select
        launch_id,
        'experiment_registered' as check_name,
        coalesce(experiment_registered_at <= launched_at, false) as is_met,
        case
            when experiment_id is null then 'the launch names no experiment'
            when known_experiment_id is null
                then concat('no experiment ''', experiment_id, ''' is registered')
            when experiment_registered_at > launched_at
                then concat(
                        'experiment ''', experiment_id, ''' was registered on ',
                        cast(cast(experiment_registered_at as date) as string),
                        ', after the launch'
                    )
            else concat('experiment ''', experiment_id, ''' was registered before')
        end as explanation
    from described

),

checks as (

    select * from owners
    union all
    select * from approvals
    union all
    select * from baselines
    union all
    select * from passed_validations
    union all
    select * from registered_experiments

),

final as (

    select
        checks.launch_id,
        described.model_id,
        described.version_id,
        checks.check_name,
        case when checks.is_met then 'passed' else 'failed' end as status,
        checks.explanation,
        described.launched_at
    from checks
    inner join described on checks.launch_id = described.launch_id

)

select * from final
