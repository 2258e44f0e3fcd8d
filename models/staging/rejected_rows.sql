with rejected_incidents as (

    {{ rejected_rows(ref('base_data_team__incidents'), 'data_team', 'incidents') }}

),

rejected_experiment_metrics as (

    {{ rejected_rows(
        ref('base_experiments__experiment_metrics'), 'experiments', 'experiment_metrics'
    ) }}

),

rejected_experiments as (

    {{ rejected_rows(ref('base_experiments__experiments'), 'experiments', 'experiments') }}

),

rejected_exposures as (

    {{ rejected_rows(ref('base_experiments__exposures'), 'experiments', 'exposures') }}

),

rejected_rollout_stages as (

    {{ rejected_rows(ref('base_experiments__rollout_stages'), 'experiments', 'rollout_stages') }}

),

rejected_variants as (

    {{ rejected_rows(ref('base_experiments__variants'), 'experiments', 'variants') }}

),

rejected_courses as (

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

select * from rejected_incidents
union all
select * from rejected_experiment_metrics
union all
select * from rejected_experiments
union all
select * from rejected_exposures
union all
select * from rejected_rollout_stages
union all
select * from rejected_variants
union all
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
