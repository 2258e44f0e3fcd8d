with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

analyses as (

    select * from {{ ref('int_experiment_analyses') }}

),

variants as (

    select * from {{ ref('stg_experiments__variants') }}

),

caps as (

    select * from {{ ref('int_experiment_caps') }}

),

treatments as (

    select distinct
        variants.experiment_id,
        variants.variant_id as treatment_variant_id
    from variants
    inner join experiments on variants.experiment_id = experiments.experiment_id
    where
        variants.variant_id != experiments.control_variant_id
        and variants.planned_share > 0

),

final as (

    select
        -- ids
        analyses.experiment_id,
        analyses.metric_name,
        treatments.treatment_variant_id,
        experiments.control_variant_id,

        -- text
        analyses.role,
        analyses.direction,
        analyses.decision_estimator,
        experiments.primary_rule,
        experiments.monitoring,

        -- numbers
        experiments.alpha,
        experiments.power,
        analyses.minimum_detectable_effect,
        analyses.non_inferiority_margin,
        analyses.value_scale,
        analyses.denominator_scale,
        caps.cap_amount * analyses.value_scale as cap_value,

        -- booleans
        analyses.has_denominator,
        analyses.has_covariate,
        analyses.has_second_week,

        -- times
        experiments.started_date,
        experiments.last_day,
        analyses.planned_decision_day
    from analyses
    inner join experiments on analyses.experiment_id = experiments.experiment_id
    inner join treatments on analyses.experiment_id = treatments.experiment_id
    left join caps
        on
            analyses.experiment_id = caps.experiment_id
            and analyses.metric_name = caps.metric_name

)

select * from final
