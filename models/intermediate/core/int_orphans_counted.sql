with orders as (

    select * from {{ ref('fct_orders') }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

survey_responses as (

    select * from {{ ref('fct_survey_responses') }}

),

-- a reference that names something the warehouse does not know; an empty one names nothing
counted_references as (

    select
        'orders' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from orders
    union all
    select
        'order_lines' as table_name,
        'order_id' as reference,
        count(order_id) as reference_count,
        count(case when ordered_date is null then order_id end) as orphan_count
    from order_lines
    union all
    select
        'order_lines' as table_name,
        'course_id' as reference,
        count(course_id) as reference_count,
        count(case when course_key = '(unknown)' then course_id end) as orphan_count
    from order_lines
    union all
    select
        'sessions' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from sessions
    union all
    select
        'events' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from events
    union all
    select
        'events' as table_name,
        'course_id' as reference,
        count(course_id) as reference_count,
        count(case when course_key = '(unknown)' then course_id end) as orphan_count
    from events
    union all
    select
        'survey_responses' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from survey_responses

),

final as (

    select
        'product' as source_name,
        table_name,
        reference,
        reference_count,
        orphan_count
    from counted_references

)

select * from final
