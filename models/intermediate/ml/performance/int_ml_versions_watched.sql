with models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

predictions as (

    select * from {{ ref('int_ml_labelled_predictions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

prediction_days as (

    select
        predictions.model_id,
        predictions.version_id,
        min(predictions.predicted_date) as first_predicted_date,
        max(predictions.predicted_date) as last_predicted_date
    from predictions
    cross join as_of
    where predictions.predicted_date < as_of.as_of_date
    group by predictions.model_id, predictions.version_id

),

-- who names no reference is compared with its own first four weeks
referenced as (

    select
        versions.*,
        prediction_days.first_predicted_date,
        prediction_days.last_predicted_date,
        coalesce(
            versions.reference_started_at,
            least(
                {{ local_midnight('prediction_days.first_predicted_date') }},
                versions.reference_ended_at
            )
        ) as reference_from
    from versions
    inner join prediction_days
        on
            versions.model_id = prediction_days.model_id
            and versions.version_id = prediction_days.version_id

),

final as (

    select
        -- ids
        referenced.model_id,
        referenced.version_id,

        -- text
        referenced.role,
        models.task,
        models.validation_metric,
        models.chunk_grain,

        -- numbers
        models.label_window_days,
        models.decision_threshold,
        models.psi_threshold,

        -- booleans
        {{ date_difference('day', 'referenced.last_predicted_date', 'as_of.as_of_date') }}
        <= 28 as is_in_service,

        -- times
        referenced.first_predicted_date,
        referenced.last_predicted_date,
        referenced.reference_from,
        coalesce(
            referenced.reference_ended_at,
            {{ seconds_later('referenced.reference_from', '86400 * 28') }}
        ) as reference_until,
        coalesce(
            referenced.training_ended_at, referenced.training_started_at, referenced.created_at
        ) as trained_at,
        {{ local_midnight('as_of.as_of_date') }} as as_of_at,
        as_of.as_of_date
    from referenced
    inner join models on referenced.model_id = models.model_id
    cross join as_of

)

select * from final
