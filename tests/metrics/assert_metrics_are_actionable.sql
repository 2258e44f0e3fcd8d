select message
from {{ ref('int_metric_checks') }}
where pillar = 'actionable' and not is_passed
