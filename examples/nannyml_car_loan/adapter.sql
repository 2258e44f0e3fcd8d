-- NannyML's car loan data as raw tables: each view <source>__<table> becomes a file. The variable
-- data_folder is the folder above nannyml_car_loan/{reference,analysis,analysis_target}.parquet.
--
-- Outcomes come with no time of their own; a label window of 28 days is chosen here.

create or replace temp view loans as
with published as (

    select *
    from
        read_parquet(
            getvariable('data_folder') || '/nannyml_car_loan/reference.parquet'
        )
    union all by name
    select *
    from
        read_parquet(
            getvariable('data_folder') || '/nannyml_car_loan/analysis.parquet'
        )

)

select
    published.id,
    published.timestamp as predicted_at,
    published.y_pred_proba as score,
    coalesce(published.repaid, targets.repaid) as repaid,
    published.car_value
from published
left join
    read_parquet(getvariable('data_folder') || '/nannyml_car_loan/analysis_target.parquet')
        as targets
    on published.id = targets.id;

create or replace temp view ml__models as
select
    'car_loan' as model_id,
    'Loans that will be repaid' as title,
    'Who repaid before will repay again' as hypothesis,
    'lending lead' as owner,
    'lending' as team,
    'binary_classification' as task,
    'order' as entity,
    'roc_auc' as validation_metric,
    28 as label_window_days,
    timestamp '2017-11-01' as registered_at,
    timestamp '2017-11-01' as loaded_at;

create or replace temp view ml__model_versions as
select
    'car_loan' as model_id,
    'v1' as version_id,
    'champion' as role,
    'python' as language,
    cast(null as timestamp) as training_started_at,
    timestamp '2018-01-01' as training_ended_at,
    timestamp '2018-01-01' as reference_started_at,
    timestamp '2018-10-30 18:00:00' as reference_ended_at,
    '(not published)' as artifact_uri,
    'Approved' as approval_status,
    timestamp '2018-01-01' as created_at,
    timestamp '2018-01-01' as loaded_at;

create or replace temp view ml__predictions as
select
    'p' || id as prediction_id,
    'car_loan' as model_id,
    'v1' as version_id,
    'loan' || id as entity_id,
    score,
    predicted_at,
    predicted_at as loaded_at
from loans;

create or replace temp view ml__prediction_features as
select
    'p' || id as prediction_id,
    'car_value' as feature_name,
    car_value as numeric_value,
    cast(null as text) as text_value,
    predicted_at as loaded_at
from loans;

create or replace temp view ml__outcomes as
select
    'p' || id as prediction_id,
    repaid as outcome_value,
    predicted_at + interval 28 days as occurred_at,
    predicted_at + interval 28 days as loaded_at
from loans;

-- the end of the data is the day of the last load of orders: two weeks after the last loan
create or replace temp view product__orders as
select
    'none' as order_id,
    timestamp '2019-09-12' as ordered_at,
    0 as gross_amount,
    'cancelled' as status,
    timestamp '2019-09-12' as loaded_at;
