with costs as (

    select * from {{ ref('int_costs_by_domain') }}
    where target_type = 'domain' and reason is null and target != '(none)'

),

requests as (

    select * from {{ ref('team_requests') }}

),

final as (

    select target as domain
    from costs
    union distinct
    select department as domain
    from requests

)

select * from final
