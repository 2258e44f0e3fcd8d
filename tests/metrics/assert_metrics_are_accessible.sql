select message
from {{ ref('int_metric_checks') }}
where pillar = 'accessible' and not is_passed
