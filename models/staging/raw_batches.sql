with delivered_incidents as (

    {{ raw_batches('data_team', 'incidents') }}

),

delivered_experiment_metrics as (

    {{ raw_batches('experiments', 'experiment_metrics') }}

),

delivered_experiments as (

    {{ raw_batches('experiments', 'experiments') }}

),

delivered_exposures as (

    {{ raw_batches('experiments', 'exposures') }}

),

delivered_rollout_stages as (

    {{ raw_batches('experiments', 'rollout_stages') }}

),

delivered_variants as (

    {{ raw_batches('experiments', 'variants') }}

),

delivered_courses as (

    {{ raw_batches('product', 'courses') }}

),

delivered_events as (

    {{ raw_batches('product', 'events') }}

),

delivered_order_lines as (

    {{ raw_batches('product', 'order_lines') }}

),

delivered_orders as (

    {{ raw_batches('product', 'orders') }}

),

delivered_sessions as (

    {{ raw_batches('product', 'sessions') }}

),

delivered_survey_responses as (

    {{ raw_batches('product', 'survey_responses') }}

),

delivered_users as (

    {{ raw_batches('product', 'users') }}

)

select * from delivered_incidents
union all
select * from delivered_experiment_metrics
union all
select * from delivered_experiments
union all
select * from delivered_exposures
union all
select * from delivered_rollout_stages
union all
select * from delivered_variants
union all
select * from delivered_courses
union all
select * from delivered_events
union all
select * from delivered_order_lines
union all
select * from delivered_orders
union all
select * from delivered_sessions
union all
select * from delivered_survey_responses
union all
select * from delivered_users
