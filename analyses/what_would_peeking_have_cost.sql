-- What would peeking have cost?
-- Answer on the demo: `dbt show --select what_would_peeking_have_cost --limit 20`. Whoever looks
-- every day and stops at p < alpha proves nothing: of the tests without an effect many cross
-- on some day. The always-valid p-value may be looked at daily, and crosses later or never.
with daily_readouts as (

    select
        *,
        case when p_value < 0.05 then as_of_date end as peeked_on,
        case when always_valid_p_value < 0.05 then as_of_date end as shown_on
    from {{ ref('experiment_readouts') }}
    where
        is_decision_estimator
        and maturity = 'matured'
        and role = 'primary'
        and segment_name = 'total'

)

select
    experiment_id,
    metric_name,
    treatment_variant_id,
    min(peeked_on) as first_p_below_alpha,
    count(peeked_on) as days_below_alpha,
    min(shown_on) as first_always_valid_p_below_alpha,
    min(case when is_decision_date then as_of_date end) as decided_on,
    round(max(case when is_decision_date then p_value end), 4) as p_value_on_that_day
from daily_readouts
group by experiment_id, metric_name, treatment_variant_id
order by experiment_id, metric_name, treatment_variant_id
