select message
from {{ ref('int_metric_checks') }}
where pillar = 'auditable' and not is_passed
