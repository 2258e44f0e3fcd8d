with comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

moments as (

    select * from {{ ref('int_experiment_snapshot_moments') }}

),

segment_values as (

    select distinct
        experiment_id,
        maturity,
        segment_name,
        segment_value
    from moments
    where maturity in ('running', 'matured')

),

week_values (segment_value) as (

    values ('early'), ('late'), ('change')

),

-- segments on the day that decides on a treatment and on the latest, the rest on the snapshot
asked as (

    select
        comparisons.*,
        segment_values.maturity,
        segment_values.segment_name,
        segment_values.segment_value,
        100 as minimum_arm_units,
        decision_days.decision_day as as_of_date
    from comparisons
    inner join decision_days
        on
            comparisons.experiment_id = decision_days.experiment_id
            and comparisons.treatment_variant_id = decision_days.treatment_variant_id
    inner join segment_values on comparisons.experiment_id = segment_values.experiment_id
    where decision_days.decision_day < decision_days.last_day
    union all
    select
        comparisons.*,
        segment_values.maturity,
        segment_values.segment_name,
        segment_values.segment_value,
        100 as minimum_arm_units,
        comparisons.last_day as as_of_date
    from comparisons
    inner join segment_values on comparisons.experiment_id = segment_values.experiment_id
    union all
    select
        comparisons.*,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        1 as minimum_arm_units,
        snapshots.snapshot_day as as_of_date
    from comparisons
    inner join snapshots on comparisons.experiment_id = snapshots.experiment_id
    where comparisons.has_covariate
    union all
    select
        comparisons.*,
        'weeks' as maturity,
        'week' as segment_name,
        week_values.segment_value,
        2 as minimum_arm_units,
        snapshots.snapshot_day as as_of_date
    from comparisons
    inner join snapshots on comparisons.experiment_id = snapshots.experiment_id
    cross join week_values
    where comparisons.has_second_week

),

-- what is compared across time has no cap and nothing to be adjusted by
final as (

    select
        -- ids
        experiment_id,
        metric_name,
        treatment_variant_id,
        control_variant_id,

        -- text
        maturity,
        segment_name,
        segment_value,
        role,
        direction,
        decision_estimator,
        primary_rule,
        monitoring,

        -- numbers
        alpha,
        power,
        minimum_detectable_effect,
        non_inferiority_margin,
        value_scale,
        denominator_scale,
        case when maturity in ('running', 'matured') then cap_value end as cap_value,
        minimum_arm_units,

        -- booleans
        has_denominator,
        has_covariate and maturity in ('running', 'matured') as has_covariate,

        -- times
        as_of_date
    from asked

)

select * from final
