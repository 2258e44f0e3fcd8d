with rejected_assignments as (

    {{ rejected_rows(ref('base_data_team__assignments'), 'data_team', 'assignments') }}

),

rejected_dashboard_views as (

    {{ rejected_rows(ref('base_data_team__dashboard_views'), 'data_team', 'dashboard_views') }}

),

rejected_decisions as (

    {{ rejected_rows(ref('base_data_team__decisions'), 'data_team', 'decisions') }}

),

rejected_incidents as (

    {{ rejected_rows(ref('base_data_team__incidents'), 'data_team', 'incidents') }}

),

rejected_infrastructure_costs as (

    {{ rejected_rows(
        ref('base_data_team__infrastructure_costs'), 'data_team', 'infrastructure_costs'
    ) }}

),

rejected_initiatives as (

    {{ rejected_rows(ref('base_data_team__initiatives'), 'data_team', 'initiatives') }}

),

rejected_members as (

    {{ rejected_rows(ref('base_data_team__members'), 'data_team', 'members') }}

),

rejected_pipeline_runs as (

    {{ rejected_rows(ref('base_data_team__pipeline_runs'), 'data_team', 'pipeline_runs') }}

),

rejected_requests as (

    {{ rejected_rows(ref('base_data_team__requests'), 'data_team', 'requests') }}

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

rejected_handovers as (

    {{ rejected_rows(ref('base_ml__handovers'), 'ml', 'handovers') }}

),

rejected_impressions as (

    {{ rejected_rows(ref('base_ml__impressions'), 'ml', 'impressions') }}

),

rejected_launches as (

    {{ rejected_rows(ref('base_ml__launches'), 'ml', 'launches') }}

),

rejected_model_stage_events as (

    {{ rejected_rows(ref('base_ml__model_stage_events'), 'ml', 'model_stage_events') }}

),

rejected_model_versions as (

    {{ rejected_rows(ref('base_ml__model_versions'), 'ml', 'model_versions') }}

),

rejected_models as (

    {{ rejected_rows(ref('base_ml__models'), 'ml', 'models') }}

),

rejected_outcomes as (

    {{ rejected_rows(ref('base_ml__outcomes'), 'ml', 'outcomes') }}

),

rejected_prediction_features as (

    {{ rejected_rows(ref('base_ml__prediction_features'), 'ml', 'prediction_features') }}

),

rejected_predictions as (

    {{ rejected_rows(ref('base_ml__predictions'), 'ml', 'predictions') }}

),

rejected_validations as (

    {{ rejected_rows(ref('base_ml__validations'), 'ml', 'validations') }}

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

select * from rejected_assignments
union all
select * from rejected_dashboard_views
union all
select * from rejected_decisions
union all
select * from rejected_incidents
union all
select * from rejected_infrastructure_costs
union all
select * from rejected_initiatives
union all
select * from rejected_members
union all
select * from rejected_pipeline_runs
union all
select * from rejected_requests
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
select * from rejected_handovers
union all
select * from rejected_impressions
union all
select * from rejected_launches
union all
select * from rejected_model_stage_events
union all
select * from rejected_model_versions
union all
select * from rejected_models
union all
select * from rejected_outcomes
union all
select * from rejected_prediction_features
union all
select * from rejected_predictions
union all
select * from rejected_validations
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
