with comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

moments as (

    select * from {{ ref('int_experiment_moments') }}

),

maturities (maturity) as (

    values ('running'), ('matured')

),

days as (

    select
        *,
        {{ days_between('started_date', 'last_day') }}
            as as_of_date
    from comparisons

),

grid as (

    select
        days.*,
        maturities.maturity,
        'total' as segment_name,
        'total' as segment_value,
        1 as minimum_arm_units
    from days
    cross join maturities

),

{{ compare_variants('readouts', 'moments', 'grid') }}

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
    as_of_date,
    last_day
from readouts
