with by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

by_metric as (

    select * from {{ ref('int_costs_by_metric') }}

)

select * from by_domain
union all
select * from by_metric
