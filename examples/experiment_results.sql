select
    experiment_id,
    metric_name,
    treatment_variant_id,
    estimator,
    control_n,
    treatment_n,
    format('{:.6g}', control_mean) as control_mean,
    format('{:.6g}', treatment_mean) as treatment_mean,
    format('{:.6g}', effect) as effect,
    format('{:.6g}', effect_ci_lower) as ci_lower,
    format('{:.6g}', effect_ci_upper) as ci_upper,
    format('{:.6g}', p_value) as p_value
from experiments.experiment_readouts
where
    is_latest
    and maturity = 'matured'
    and segment_name = 'total'
    and reason is null
order by experiment_id, metric_name, treatment_variant_id, estimator;

select
    experiment_id,
    check_name,
    format('{:.6g}', statistic) as statistic,
    format('{:.6g}', p_value) as p_value,
    status,
    explanation
from experiments.experiment_health_checks
where
    check_name in ('sample_ratio', 'crossover')
    and stage = 'all'
order by experiment_id, check_name;
