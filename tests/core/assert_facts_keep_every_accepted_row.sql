with counted as (

    select
        'fct_order_lines' as fact_name,
        (select count(*) from {{ ref('stg_product__order_lines') }}) as accepted_count,
        (select count(*) from {{ ref('fct_order_lines') }}) as fact_count
    union all
    select
        'fct_orders' as fact_name,
        (select count(*) from {{ ref('stg_product__orders') }}) as accepted_count,
        (select count(*) from {{ ref('fct_orders') }}) as fact_count
    union all
    select
        'fct_sessions' as fact_name,
        (select count(*) from {{ ref('stg_product__sessions') }}) as accepted_count,
        (select count(*) from {{ ref('fct_sessions') }}) as fact_count
    union all
    select
        'fct_events' as fact_name,
        (select count(*) from {{ ref('stg_product__events') }}) as accepted_count,
        (select count(*) from {{ ref('fct_events') }}) as fact_count
    union all
    select
        'fct_survey_responses' as fact_name,
        (select count(*) from {{ ref('stg_product__survey_responses') }}) as accepted_count,
        (select count(*) from {{ ref('fct_survey_responses') }}) as fact_count

)

select
    *,
    concat(
        fact_name, ' has ', cast(fact_count as string), ' rows for ',
        cast(accepted_count as string), ' accepted ones; a join loses or repeats rows'
    ) as message
from counted
where accepted_count != fact_count
