with restatements as (

    select * from {{ ref('int_metric_restatements') }}

)

select
    metric_name,
    grain,
    period_start,
    restatement_number,
    old_value,
    new_value,
    relative_change,
    is_above_bound,
    cause,
    explanation,
    version,
    invocation_id,
    restated_at
from restatements
