with users as (

    select * from {{ ref('int_day_profile__users') }}

),

orders as (

    select * from {{ ref('int_day_profile__orders') }}

),

order_lines as (

    select * from {{ ref('int_day_profile__order_lines') }}

),

sessions as (

    select * from {{ ref('int_day_profile__sessions') }}

),

events as (

    select * from {{ ref('int_day_profile__events') }}

),

survey_responses as (

    select * from {{ ref('int_day_profile__survey_responses') }}

),

unioned as (

    select * from users
    union all
    select * from orders
    union all
    select * from order_lines
    union all
    select * from sessions
    union all
    select * from events
    union all
    select * from survey_responses

)

select
    table_name,
    kind,
    column_name,
    date_day,
    is_load_day,
    actual_value,
    sample_size,
    value_scale
from unioned
