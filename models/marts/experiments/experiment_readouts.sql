with daily_verdicts as (

    select * from {{ ref('int_experiment_daily_verdicts') }}

),

snapshot_readouts as (

    select * from {{ ref('int_experiment_snapshot_readouts') }}
    where maturity in ('running', 'matured')

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

running_units as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        as_of_date,
        estimator,
        control_n + treatment_n as unit_count
    from daily_verdicts
    where maturity = 'running'

),

all_readouts as (

    select
        {{ readout_columns() }},
        p_value_adjusted,
        verdict
    from daily_verdicts
    union all
    select
        {{ readout_columns() }},
        p_value_adjusted,
        'exploratory' as verdict
    from snapshot_readouts

),

final as (

    select
        -- ids
        all_readouts.experiment_id,
        all_readouts.metric_name,
        all_readouts.treatment_variant_id,
        all_readouts.control_variant_id,

        -- text
        all_readouts.maturity,
        all_readouts.estimator,
        all_readouts.segment_name,
        all_readouts.segment_value,
        all_readouts.role,

        -- numbers
        all_readouts.control_n,
        all_readouts.treatment_n,
        all_readouts.control_mean,
        all_readouts.treatment_mean,
        all_readouts.effect,
        all_readouts.standard_error,
        all_readouts.degrees_of_freedom,
        all_readouts.statistic,
        all_readouts.p_value,
        all_readouts.effect_ci_lower,
        all_readouts.effect_ci_upper,
        all_readouts.relative_effect,
        all_readouts.relative_effect_ci_lower,
        all_readouts.relative_effect_ci_upper,
        all_readouts.p_value_adjusted,
        all_readouts.always_valid_p_value,
        all_readouts.always_valid_ci_lower,
        all_readouts.always_valid_ci_upper,
        all_readouts.probability_better,
        all_readouts.expected_loss,
        all_readouts.variance_reduction,
        all_readouts.minimum_detectable_effect,
        all_readouts.non_inferiority_margin,
        all_readouts.non_inferiority_p_value,
        all_readouts.harm_p_value,
        all_readouts.cap_value,
        case
            when running_units.unit_count > 0
                then (all_readouts.control_n + all_readouts.treatment_n)
                    / cast(running_units.unit_count as double)
        end as matured_share,
        all_readouts.reason,
        all_readouts.verdict,

        -- booleans
        all_readouts.estimator = all_readouts.decision_estimator as is_decision_estimator,
        all_readouts.as_of_date = decision_days.last_day as is_latest,
        coalesce(all_readouts.as_of_date = decision_days.decision_day, false) as is_decision_date,
        all_readouts.maturity = 'running' as is_approximate,

        -- times
        all_readouts.as_of_date
    from all_readouts
    inner join decision_days
        on
            all_readouts.experiment_id = decision_days.experiment_id
            and all_readouts.treatment_variant_id = decision_days.treatment_variant_id
    left join running_units
        on
            all_readouts.maturity = 'matured'
            and all_readouts.segment_name = 'total'
            and all_readouts.experiment_id = running_units.experiment_id
            and all_readouts.metric_name = running_units.metric_name
            and all_readouts.treatment_variant_id = running_units.treatment_variant_id
            and all_readouts.as_of_date = running_units.as_of_date
            and all_readouts.estimator = running_units.estimator

)

select * from final
