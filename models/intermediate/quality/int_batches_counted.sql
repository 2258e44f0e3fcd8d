with accepted_assignments as (

    {{ accepted_batches(ref('stg_data_team__assignments'), 'data_team', 'assignments') }}

),

accepted_dashboard_views as (

    {{ accepted_batches(ref('stg_data_team__dashboard_views'), 'data_team', 'dashboard_views') }}

),

accepted_decisions as (

    {{ accepted_batches(ref('stg_data_team__decisions'), 'data_team', 'decisions') }}

),

accepted_incidents as (

    {{ accepted_batches(ref('stg_data_team__incidents'), 'data_team', 'incidents') }}

),

accepted_infrastructure_costs as (

    {{ accepted_batches(
        ref('stg_data_team__infrastructure_costs'), 'data_team', 'infrastructure_costs'
    ) }}

),

accepted_initiatives as (

    {{ accepted_batches(ref('stg_data_team__initiatives'), 'data_team', 'initiatives') }}

),

accepted_members as (

    {{ accepted_batches(ref('stg_data_team__members'), 'data_team', 'members') }}

),

accepted_pipeline_runs as (

    {{ accepted_batches(ref('stg_data_team__pipeline_runs'), 'data_team', 'pipeline_runs') }}

),

accepted_requests as (

    {{ accepted_batches(ref('stg_data_team__requests'), 'data_team', 'requests') }}

),

accepted_experiment_metrics as (

    {{ accepted_batches(
        ref('stg_experiments__experiment_metrics'), 'experiments', 'experiment_metrics'
    ) }}

),

accepted_experiments as (

    {{ accepted_batches(ref('stg_experiments__experiments'), 'experiments', 'experiments') }}

),

accepted_exposures as (

    {{ accepted_batches(ref('stg_experiments__exposures'), 'experiments', 'exposures') }}

),

accepted_rollout_stages as (

    {{ accepted_batches(ref('stg_experiments__rollout_stages'), 'experiments', 'rollout_stages') }}

),

accepted_variants as (

    {{ accepted_batches(ref('stg_experiments__variants'), 'experiments', 'variants') }}

),

accepted_handovers as (

    {{ accepted_batches(ref('stg_ml__handovers'), 'ml', 'handovers') }}

),

accepted_impressions as (

    {{ accepted_batches(ref('stg_ml__impressions'), 'ml', 'impressions') }}

),

accepted_launches as (

    {{ accepted_batches(ref('stg_ml__launches'), 'ml', 'launches') }}

),

accepted_model_stage_events as (

    {{ accepted_batches(ref('stg_ml__model_stage_events'), 'ml', 'model_stage_events') }}

),

accepted_model_versions as (

    {{ accepted_batches(ref('stg_ml__model_versions'), 'ml', 'model_versions') }}

),

accepted_models as (

    {{ accepted_batches(ref('stg_ml__models'), 'ml', 'models') }}

),

accepted_outcomes as (

    {{ accepted_batches(ref('stg_ml__outcomes'), 'ml', 'outcomes') }}

),

accepted_prediction_features as (

    {{ accepted_batches(ref('stg_ml__prediction_features'), 'ml', 'prediction_features') }}

),

accepted_predictions as (

    {{ accepted_batches(ref('stg_ml__predictions'), 'ml', 'predictions') }}

),

accepted_validations as (

    {{ accepted_batches(ref('stg_ml__validations'), 'ml', 'validations') }}

),

accepted_courses as (

    {{ accepted_batches(ref('stg_product__courses'), 'product', 'courses') }}

),

accepted_events as (

    {{ accepted_batches(ref('stg_product__events'), 'product', 'events') }}

),

accepted_order_lines as (

    {{ accepted_batches(ref('stg_product__order_lines'), 'product', 'order_lines') }}

),

accepted_orders as (

    {{ accepted_batches(ref('stg_product__orders'), 'product', 'orders') }}

),

accepted_sessions as (

    {{ accepted_batches(ref('stg_product__sessions'), 'product', 'sessions') }}

),

accepted_survey_responses as (

    {{ accepted_batches(ref('stg_product__survey_responses'), 'product', 'survey_responses') }}

),

accepted_users as (

    {{ accepted_batches(ref('stg_product__users'), 'product', 'users') }}

),

accepted as (

    select * from accepted_assignments
    union all
    select * from accepted_dashboard_views
    union all
    select * from accepted_decisions
    union all
    select * from accepted_incidents
    union all
    select * from accepted_infrastructure_costs
    union all
    select * from accepted_initiatives
    union all
    select * from accepted_members
    union all
    select * from accepted_pipeline_runs
    union all
    select * from accepted_requests
    union all
    select * from accepted_experiment_metrics
    union all
    select * from accepted_experiments
    union all
    select * from accepted_exposures
    union all
    select * from accepted_rollout_stages
    union all
    select * from accepted_variants
    union all
    select * from accepted_handovers
    union all
    select * from accepted_impressions
    union all
    select * from accepted_launches
    union all
    select * from accepted_model_stage_events
    union all
    select * from accepted_model_versions
    union all
    select * from accepted_models
    union all
    select * from accepted_outcomes
    union all
    select * from accepted_prediction_features
    union all
    select * from accepted_predictions
    union all
    select * from accepted_validations
    union all
    select * from accepted_courses
    union all
    select * from accepted_events
    union all
    select * from accepted_order_lines
    union all
    select * from accepted_orders
    union all
    select * from accepted_sessions
    union all
    select * from accepted_survey_responses
    union all
    select * from accepted_users

),

delivered as (

    select * from {{ ref('raw_batches') }}

),

rejected_rows as (

    select * from {{ ref('rejected_rows') }}

),

-- each rejected row has one kind: what is missing goes before what is wrong
kinds as (

    select
        source_name,
        table_name,
        cast(loaded_at as date) as load_date,
        case
            when rejection_reasons in ('duplicate', 'superseded') then rejection_reasons
            when rejection_reasons like '%missing%' then 'incomplete'
            else 'invalid'
        end as kind
    from rejected_rows

),

rejected as (

    select
        source_name,
        table_name,
        load_date,
        count(*) as rejected_count,
        count(case when kind = 'duplicate' then 1 end) as duplicate_count,
        count(case when kind = 'superseded' then 1 end) as superseded_count,
        count(case when kind = 'incomplete' then 1 end) as incomplete_count,
        count(case when kind = 'invalid' then 1 end) as invalid_count
    from kinds
    group by source_name, table_name, load_date

),

batches as (

    select
        source_name,
        table_name,
        load_date
    from delivered
    union distinct
    select
        source_name,
        table_name,
        load_date
    from accepted
    union distinct
    select
        source_name,
        table_name,
        load_date
    from rejected

),

final as (

    select
        batches.source_name,
        batches.table_name,
        coalesce(cast(batches.load_date as string), '(unknown)') as batch,
        batches.load_date,
        coalesce(delivered.raw_count, 0) as raw_count,
        coalesce(accepted.accepted_count, 0) as accepted_count,
        coalesce(rejected.rejected_count, 0) as rejected_count,
        coalesce(rejected.duplicate_count, 0) as duplicate_count,
        coalesce(rejected.superseded_count, 0) as superseded_count,
        coalesce(rejected.incomplete_count, 0) as incomplete_count,
        coalesce(rejected.invalid_count, 0) as invalid_count,
        accepted.late_count,
        accepted.cell_count,
        accepted.filled_count
    from batches
    left join delivered
        on
            batches.source_name = delivered.source_name
            and batches.table_name = delivered.table_name
            and batches.load_date is not distinct from delivered.load_date
    left join accepted
        on
            batches.source_name = accepted.source_name
            and batches.table_name = accepted.table_name
            and batches.load_date is not distinct from accepted.load_date
    left join rejected
        on
            batches.source_name = rejected.source_name
            and batches.table_name = rejected.table_name
            and batches.load_date is not distinct from rejected.load_date

)

select * from final
