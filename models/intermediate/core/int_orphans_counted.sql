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

users as (

    select * from {{ ref('dim_users') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

exposures as (

    select * from {{ ref('stg_experiments__exposures') }}

),

-- users in experiments whose unit is the user
exposed_users as (

    select
        exposures.unit_id,
        users.user_id
    from exposures
    inner join experiments
        on
            exposures.experiment_id = experiments.experiment_id
            and experiments.unit = 'user'
    left join users on exposures.unit_id = users.user_id

),

-- a reference that names something the warehouse does not know; an empty one names nothing
counted_references as (

    select
        'product' as source_name,
        'orders' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from orders
    union all
    select
        'product' as source_name,
        'order_lines' as table_name,
        'order_id' as reference,
        count(order_id) as reference_count,
        count(case when ordered_date is null then order_id end) as orphan_count
    from order_lines
    union all
    select
        'product' as source_name,
        'order_lines' as table_name,
        'course_id' as reference,
        count(course_id) as reference_count,
        count(case when course_key = '(unknown)' then course_id end) as orphan_count
    from order_lines
    union all
    select
        'product' as source_name,
        'sessions' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from sessions
    union all
    select
        'product' as source_name,
        'events' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from events
    union all
    select
        'product' as source_name,
        'events' as table_name,
        'course_id' as reference,
        count(course_id) as reference_count,
        count(case when course_key = '(unknown)' then course_id end) as orphan_count
    from events
    union all
    select
        'product' as source_name,
        'survey_responses' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when user_key = '(unknown)' then user_id end) as orphan_count
    from survey_responses
    union all
    select
        'experiments' as source_name,
        'exposures' as table_name,
        'unit_id' as reference,
        count(unit_id) as reference_count,
        count(case when user_id is null then unit_id end) as orphan_count
    from exposed_users

)

select * from counted_references
