with rejected_courses as (

    {{ rejected_rows(ref('base_product__courses'), 'product', 'courses') }}

),

rejected_events as (

    {{ rejected_rows(ref('base_product__events'), 'product', 'events') }}

),

rejected_order_lines as (

    {{ rejected_rows(ref('base_product__order_lines'), 'product', 'order_lines') }}

),

rejected_orders as (

    {{ rejected_rows(ref('base_product__orders'), 'product', 'orders') }}

),

rejected_sessions as (

    {{ rejected_rows(ref('base_product__sessions'), 'product', 'sessions') }}

),

rejected_survey_responses as (

    {{ rejected_rows(ref('base_product__survey_responses'), 'product', 'survey_responses') }}

),

rejected_users as (

    {{ rejected_rows(ref('base_product__users'), 'product', 'users') }}

)

select * from rejected_courses
union all
select * from rejected_events
union all
select * from rejected_order_lines
union all
select * from rejected_orders
union all
select * from rejected_sessions
union all
select * from rejected_survey_responses
union all
select * from rejected_users
