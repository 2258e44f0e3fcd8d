with delivered_assignments as (

    {{ raw_batches('data_team', 'assignments') }}

),

delivered_dashboard_views as (

    {{ raw_batches('data_team', 'dashboard_views') }}

),

delivered_decisions as (

    {{ raw_batches('data_team', 'decisions') }}

),

delivered_incidents as (

    {{ raw_batches('data_team', 'incidents') }}

),

delivered_infrastructure_costs as (

    {{ raw_batches('data_team', 'infrastructure_costs') }}

),

delivered_initiatives as (

    {{ raw_batches('data_team', 'initiatives') }}

),

delivered_members as (

    {{ raw_batches('data_team', 'members') }}

),

delivered_pipeline_runs as (

    {{ raw_batches('data_team', 'pipeline_runs') }}

),

delivered_requests as (

    {{ raw_batches('data_team', 'requests') }}

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

delivered_handovers as (

    {{ raw_batches('ml', 'handovers') }}

),

delivered_impressions as (

    {{ raw_batches('ml', 'impressions') }}

),

delivered_launches as (

    {{ raw_batches('ml', 'launches') }}

),

delivered_model_stage_events as (

    {{ raw_batches('ml', 'model_stage_events') }}

),

delivered_model_versions as (

    {{ raw_batches('ml', 'model_versions') }}

),

delivered_models as (

    {{ raw_batches('ml', 'models') }}

),

delivered_outcomes as (

    {{ raw_batches('ml', 'outcomes') }}

),

delivered_prediction_features as (

    {{ raw_batches('ml', 'prediction_features') }}

),

delivered_predictions as (

    {{ raw_batches('ml', 'predictions') }}

),

delivered_validations as (

    {{ raw_batches('ml', 'validations') }}

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

select * from delivered_assignments
union all
select * from delivered_dashboard_views
union all
select * from delivered_decisions
union all
select * from delivered_incidents
union all
select * from delivered_infrastructure_costs
union all
select * from delivered_initiatives
union all
select * from delivered_members
union all
select * from delivered_pipeline_runs
union all
select * from delivered_requests
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
select * from delivered_handovers
union all
select * from delivered_impressions
union all
select * from delivered_launches
union all
select * from delivered_model_stage_events
union all
select * from delivered_model_versions
union all
select * from delivered_models
union all
select * from delivered_outcomes
union all
select * from delivered_prediction_features
union all
select * from delivered_predictions
union all
select * from delivered_validations
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
