-- Did it work?
-- Answer on the demo: `dbt show --select did_it_work --limit 20`. The recommendation follows from
-- the registered rule on the day that decides; the decision that was taken stands beside it.
with decisions as (

    select * from {{ ref('experiment_decisions') }}

),

readouts as (

    select * from {{ ref('experiment_readouts') }}
    where
        is_decision_estimator
        and role = 'primary'
        and maturity = 'matured'
        and segment_name = 'total'

)

select
    decisions.experiment_id,
    decisions.treatment_variant_id,
    decisions.recommendation,
    decisions.decision,
    readouts.metric_name,
    round(readouts.relative_effect, 3) as relative_effect,
    round(readouts.relative_effect_ci_lower, 3) as at_least,
    round(readouts.relative_effect_ci_upper, 3) as at_most,
    decisions.reasons
from decisions
left join readouts
    on
        decisions.experiment_id = readouts.experiment_id
        and decisions.treatment_variant_id = readouts.treatment_variant_id
        and (
            readouts.is_decision_date
            or (decisions.decision_date is null and readouts.is_latest)
        )
order by decisions.experiment_id, decisions.treatment_variant_id
