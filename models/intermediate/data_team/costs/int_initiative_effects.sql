with initiatives as (

    select * from {{ ref('stg_data_team__initiatives') }}

),

experiments as (

    select * from {{ ref('experiment_catalog') }}

),

experiment_decisions as (

    select * from {{ ref('experiment_decisions') }}

),

readouts as (

    select * from {{ ref('experiment_readouts') }}
    where segment_name = 'total' and is_decision_estimator

),

metrics as (

    select * from {{ ref('metric_catalog') }}

),

deciding_readouts as (

    select *
    from readouts
    where is_decision_date and maturity = 'matured'

),

-- everybody who was exposed by the day, in all arms
exposed as (

    select
        experiment_id,
        metric_name,
        as_of_date,
        {{ whole_number('max(control_n) + sum(treatment_n)') }} as unit_count
    from readouts
    where maturity = 'running'
    group by experiment_id, metric_name, as_of_date

),

read as (

    select
        initiatives.initiative_id,
        -- whoever may look on any day needs the interval that holds on all of them
        case
            when deciding_readouts.experiment_id is null then null
            when experiments.monitoring = 'always_valid' or experiment_decisions.is_early
                then 'always_valid'
            else 'fixed_horizon'
        end as interval_kind,
        deciding_readouts.effect,
        deciding_readouts.effect_ci_lower,
        deciding_readouts.effect_ci_upper,
        deciding_readouts.always_valid_ci_lower,
        deciding_readouts.always_valid_ci_upper,
        exposed.unit_count as exposed_unit_count,
        {{ local_date('experiments.started_at') | trim }} as first_date,
        least(
            {{ local_date('coalesce(experiments.ended_at, experiments.planned_end_at)') | trim }},
            {{ add_days('deciding_readouts.as_of_date', 1) | trim }}
        ) as end_date,
        case
            when initiatives.experiment_id is null then 'no_experiment'
            when experiments.experiment_id is null then 'experiment_not_known'
            when experiment_decisions.experiment_id is null then 'treatment_not_known'
            when
                experiment_decisions.decision is null
                or experiment_decisions.decision_date is null
                then 'experiment_not_decided'
            when experiment_decisions.recommendation = 'invalid' then 'experiment_invalid'
            when deciding_readouts.experiment_id is null then 'metric_not_read'
            when coalesce(metrics.unit, '') not like 'reporting currency%' then 'metric_not_money'
            when coalesce(metrics.additivity, '') != 'additive' then 'effect_not_per_unit'
        end as effect_reason
    from initiatives
    left join experiments on initiatives.experiment_id = experiments.experiment_id
    left join experiment_decisions
        on
            initiatives.experiment_id = experiment_decisions.experiment_id
            and initiatives.treatment_variant_id = experiment_decisions.treatment_variant_id
    left join deciding_readouts
        on
            initiatives.experiment_id = deciding_readouts.experiment_id
            and initiatives.treatment_variant_id = deciding_readouts.treatment_variant_id
            and initiatives.metric_name = deciding_readouts.metric_name
    left join exposed
        on
            deciding_readouts.experiment_id = exposed.experiment_id
            and deciding_readouts.metric_name = exposed.metric_name
            and deciding_readouts.as_of_date = exposed.as_of_date
    left join metrics on initiatives.metric_name = metrics.metric_name

),

bounded as (

    select
        initiative_id,
        interval_kind,
        effect_reason,
        exposed_unit_count,
        effect,
        case
            when interval_kind = 'always_valid' then always_valid_ci_lower
            else effect_ci_lower
        end as effect_low,
        case
            when interval_kind = 'always_valid' then always_valid_ci_upper
            else effect_ci_upper
        end as effect_high,
        {{ date_difference('day', 'first_date', 'end_date') }} as exposure_days
    from read

),

final as (

    select
        initiative_id,
        interval_kind,
        coalesce(
            effect_reason,
            case
                when effect is null or effect_low is null or effect_high is null then 'no_effect'
                when exposed_unit_count is null or coalesce(exposure_days, 0) <= 0
                    then 'no_exposure'
            end
        ) as effect_reason,
        exposed_unit_count,
        exposure_days,
        effect,
        effect_low,
        effect_high
    from bounded

)

select * from final
