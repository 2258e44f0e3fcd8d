with comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

changes as (

    select * from {{ ref('int_experiment_moment_changes') }}
    where segment_name != 'total'

),

snapshot_days as (

    select
        experiment_id,
        treatment_variant_id,
        decision_day as as_of_date
    from decision_days
    where decision_day is not null
    union distinct
    select
        experiment_id,
        treatment_variant_id,
        last_day as as_of_date
    from decision_days

),

experiment_days as (

    select distinct
        experiment_id,
        as_of_date
    from snapshot_days

),

moments as (

    select
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage,
        changes.segment_name,
        changes.segment_value,
        experiment_days.as_of_date,
        {{ exact_sum('changes.units') }} as units,
        {{ moment_columns(exact_sum('changes.%s')) }}
    from changes
    inner join experiment_days
        on
            changes.experiment_id = experiment_days.experiment_id
            and changes.date_day <= experiment_days.as_of_date
    group by
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage,
        changes.segment_name,
        changes.segment_value,
        experiment_days.as_of_date

),

segment_values as (

    select distinct
        experiment_id,
        maturity,
        segment_name,
        segment_value
    from moments

),

grid as (

    select
        comparisons.*,
        snapshot_days.as_of_date,
        segment_values.maturity,
        segment_values.segment_name,
        segment_values.segment_value,
        100 as minimum_arm_units
    from comparisons
    inner join snapshot_days
        on
            comparisons.experiment_id = snapshot_days.experiment_id
            and comparisons.treatment_variant_id = snapshot_days.treatment_variant_id
    inner join segment_values on comparisons.experiment_id = segment_values.experiment_id

),

{{ compare_variants('readouts', 'moments', 'grid') }},

{{ benjamini_hochberg(
    'final',
    'readouts',
    'p_value',
    ['experiment_id', 'as_of_date', 'maturity', 'estimator'],
) }}

select
    experiment_id,
    metric_name,
    treatment_variant_id,
    control_variant_id,
    maturity,
    estimator,
    segment_name,
    segment_value,
    role,
    direction,
    decision_estimator,
    primary_rule,
    monitoring,
    alpha,
    power,
    control_n,
    treatment_n,
    control_mean,
    treatment_mean,
    effect,
    standard_error,
    degrees_of_freedom,
    statistic,
    p_value,
    effect_ci_lower,
    effect_ci_upper,
    relative_effect,
    relative_effect_ci_lower,
    relative_effect_ci_upper,
    p_value_adjusted,
    always_valid_p_value,
    always_valid_ci_lower,
    always_valid_ci_upper,
    mixture,
    margin_statistic,
    probability_better,
    expected_loss,
    theta,
    variance_reduction,
    minimum_detectable_effect,
    non_inferiority_margin,
    non_inferiority_p_value,
    harm_p_value,
    cap_value,
    reason,
    as_of_date
from final
