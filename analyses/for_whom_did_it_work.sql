-- For whom did it work?
-- Answer on the demo: `dbt show --select for_whom_did_it_work --limit 20`. It is exploratory:
-- with many of them some differ by chance, so read the adjusted p-value, and test again before
-- acting on one. Segments with fewer than 100 units an arm are left out.
select
    experiment_id,
    metric_name,
    segment_name,
    segment_value,
    control_n,
    treatment_n,
    round(relative_effect, 3) as relative_effect,
    round(relative_effect_ci_lower, 3) as at_least,
    round(relative_effect_ci_upper, 3) as at_most,
    round(p_value_adjusted, 4) as p_value_adjusted
from {{ ref('experiment_readouts') }}
where
    is_latest
    and is_decision_estimator
    and maturity = 'matured'
    and role = 'primary'
    and p_value is not null
    and segment_name != 'total'
order by experiment_id, metric_name, segment_name, segment_value
