-- A model without an owner, a baseline that it beats, a passed validation or an experiment is not
-- launched. Launches before the gate was there (vars: launch_gate_from) are not held to it.
with checks as (

    select * from {{ ref('ml_launch_checks') }}

)

select
    launch_id,
    check_name,
    concat(
        'launch ''', launch_id, ''' of model ''', model_id, ''', version ''', version_id,
        ''': the rule ''', check_name, ''' is broken: ', explanation,
        '; end the launch or put it right in the source ml'
    ) as message
from checks
where
    status = 'failed'
    and cast(launched_at as date) >= cast('{{ var("launch_gate_from") }}' as date)
