with dim_users as (

    select * from {{ ref('int_unit_increments__dim_users') }}

),

fct_events as (

    select * from {{ ref('int_unit_increments__fct_events') }}

),

fct_order_lines as (

    select * from {{ ref('int_unit_increments__fct_order_lines') }}

),

fct_orders as (

    select * from {{ ref('int_unit_increments__fct_orders') }}

),

fct_sessions as (

    select * from {{ ref('int_unit_increments__fct_sessions') }}

),

fct_survey_responses as (

    select * from {{ ref('int_unit_increments__fct_survey_responses') }}

),

increments as (

    select * from dim_users
    union all
    select * from fct_events
    union all
    select * from fct_order_lines
    union all
    select * from fct_orders
    union all
    select * from fct_sessions
    union all
    select * from fct_survey_responses

)

select
    experiment_id,
    population,
    metric_name,
    unit_id,
    component,
    period,
    date_day,
    amount
from increments
