-- How long must this test run?
-- Answer on the demo: `dbt show --select how_long_must_this_test_run --limit 20`. Read needed_days
-- against planned_days before the start; where it is empty, eight weeks of traffic are too few, and
-- reachable_effect says what the planned days can find instead.
select
    experiment_id,
    metric_name,
    round(baseline, 4) as baseline,
    minimum_detectable_effect as registered_effect,
    sample_size,
    needed_days,
    planned_days,
    reachable_units,
    round(reachable_effect, 3) as reachable_effect,
    reason
from {{ ref('experiment_plans') }}
where role = 'primary'
order by experiment_id, metric_name
