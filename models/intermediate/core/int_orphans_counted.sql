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

model_versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

launches as (

    select * from {{ ref('stg_ml__launches') }}

),

predictions as (

    select * from {{ ref('stg_ml__predictions') }}

),

prediction_features as (

    select * from {{ ref('stg_ml__prediction_features') }}

),

outcomes as (

    select * from {{ ref('stg_ml__outcomes') }}

),

impressions as (

    select * from {{ ref('stg_ml__impressions') }}

),

models as (

    select * from {{ ref('stg_ml__models') }}

),

requests as (

    select * from {{ ref('stg_data_team__requests') }}

),

members as (

    select * from {{ ref('stg_data_team__members') }}

),

assignments as (

    select * from {{ ref('stg_data_team__assignments') }}

),

decisions as (

    select * from {{ ref('stg_data_team__decisions') }}

),

initiatives as (

    select * from {{ ref('stg_data_team__initiatives') }}

),

infrastructure_costs as (

    select * from {{ ref('stg_data_team__infrastructure_costs') }}

),

pipeline_runs as (

    select * from {{ ref('stg_data_team__pipeline_runs') }}

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

launched_experiments as (

    select
        launches.experiment_id,
        experiments.experiment_id as known_experiment_id
    from launches
    left join experiments on launches.experiment_id = experiments.experiment_id

),

predicting_versions as (

    select
        predictions.version_id,
        model_versions.version_id as known_version_id
    from predictions
    left join model_versions
        on
            predictions.model_id = model_versions.model_id
            and predictions.version_id = model_versions.version_id

),

predictions_with_features as (

    select
        prediction_features.prediction_id,
        predictions.prediction_id as known_prediction_id
    from prediction_features
    left join predictions on prediction_features.prediction_id = predictions.prediction_id

),

predictions_with_outcomes as (

    select
        outcomes.prediction_id,
        predictions.prediction_id as known_prediction_id
    from outcomes
    left join predictions on outcomes.prediction_id = predictions.prediction_id

),

ranking_versions as (

    select
        impressions.version_id,
        impressions.user_id,
        model_versions.version_id as known_version_id,
        users.user_id as known_user_id
    from impressions
    left join model_versions
        on
            impressions.model_id = model_versions.model_id
            and impressions.version_id = model_versions.version_id
    left join users on impressions.user_id = users.user_id

),

members_who_took_requests as (

    select
        requests.member_id,
        members.member_id as known_member_id
    from requests
    left join members on requests.member_id = members.member_id

),

assigned_members as (

    select
        assignments.member_id,
        members.member_id as known_member_id
    from assignments
    left join members on assignments.member_id = members.member_id

),

deciding_references as (

    select
        decisions.experiment_id,
        decisions.model_id,
        experiments.experiment_id as known_experiment_id,
        models.model_id as known_model_id
    from decisions
    left join experiments on decisions.experiment_id = experiments.experiment_id
    left join models on decisions.model_id = models.model_id

),

measured_initiatives as (

    select
        initiatives.experiment_id,
        experiments.experiment_id as known_experiment_id
    from initiatives
    left join experiments on initiatives.experiment_id = experiments.experiment_id

),

known_pipelines as (

    select distinct dag_id
    from pipeline_runs

),

paid_pipelines as (

    select
        infrastructure_costs.pipeline_id,
        known_pipelines.dag_id as known_pipeline_id
    from infrastructure_costs
    left join known_pipelines on infrastructure_costs.pipeline_id = known_pipelines.dag_id

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
    union all
    select
        'ml' as source_name,
        'launches' as table_name,
        'experiment_id' as reference,
        count(experiment_id) as reference_count,
        count(case when known_experiment_id is null then experiment_id end) as orphan_count
    from launched_experiments
    union all
    select
        'ml' as source_name,
        'predictions' as table_name,
        'version_id' as reference,
        count(version_id) as reference_count,
        count(case when known_version_id is null then version_id end) as orphan_count
    from predicting_versions
    union all
    select
        'ml' as source_name,
        'prediction_features' as table_name,
        'prediction_id' as reference,
        count(prediction_id) as reference_count,
        count(case when known_prediction_id is null then prediction_id end) as orphan_count
    from predictions_with_features
    union all
    select
        'ml' as source_name,
        'outcomes' as table_name,
        'prediction_id' as reference,
        count(prediction_id) as reference_count,
        count(case when known_prediction_id is null then prediction_id end) as orphan_count
    from predictions_with_outcomes
    union all
    select
        'ml' as source_name,
        'impressions' as table_name,
        'version_id' as reference,
        count(version_id) as reference_count,
        count(case when known_version_id is null then version_id end) as orphan_count
    from ranking_versions
    union all
    select
        'ml' as source_name,
        'impressions' as table_name,
        'user_id' as reference,
        count(user_id) as reference_count,
        count(case when known_user_id is null then user_id end) as orphan_count
    from ranking_versions
    union all
    select
        'data_team' as source_name,
        'requests' as table_name,
        'member_id' as reference,
        count(member_id) as reference_count,
        count(case when known_member_id is null then member_id end) as orphan_count
    from members_who_took_requests
    union all
    select
        'data_team' as source_name,
        'assignments' as table_name,
        'member_id' as reference,
        count(member_id) as reference_count,
        count(case when known_member_id is null then member_id end) as orphan_count
    from assigned_members
    union all
    select
        'data_team' as source_name,
        'decisions' as table_name,
        'experiment_id' as reference,
        count(experiment_id) as reference_count,
        count(case when known_experiment_id is null then experiment_id end) as orphan_count
    from deciding_references
    union all
    select
        'data_team' as source_name,
        'decisions' as table_name,
        'model_id' as reference,
        count(model_id) as reference_count,
        count(case when known_model_id is null then model_id end) as orphan_count
    from deciding_references
    union all
    select
        'data_team' as source_name,
        'initiatives' as table_name,
        'experiment_id' as reference,
        count(experiment_id) as reference_count,
        count(case when known_experiment_id is null then experiment_id end) as orphan_count
    from measured_initiatives
    union all
    select
        'data_team' as source_name,
        'infrastructure_costs' as table_name,
        'pipeline_id' as reference,
        count(pipeline_id) as reference_count,
        count(case when known_pipeline_id is null then pipeline_id end) as orphan_count
    from paid_pipelines

)

select * from counted_references
