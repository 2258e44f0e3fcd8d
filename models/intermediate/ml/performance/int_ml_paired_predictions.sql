with versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

predictions as (

    select * from {{ ref('int_ml_chunked_predictions') }}

),

ranked_champions as (

    select
        *,
        row_number() over (
            partition by model_id
            order by last_predicted_date desc, trained_at desc nulls last, version_id asc
        ) as place
    from versions
    where role = 'champion' and task in ('binary_classification', 'regression')

),

champions as (

    select
        model_id,
        version_id
    from ranked_champions
    where place = 1

),

-- an entity that is scored again on the same day counts with its last score
ranked_predictions as (

    select
        *,
        row_number() over (
            partition by model_id, version_id, entity_id, predicted_date
            order by predicted_at desc, prediction_id desc
        ) as place
    from predictions
    where is_mature and score is not null

),

daily_predictions as (

    select * from ranked_predictions
    where place = 1

),

champion_predictions as (

    select daily_predictions.*
    from daily_predictions
    inner join champions
        on
            daily_predictions.model_id = champions.model_id
            and daily_predictions.version_id = champions.version_id

),

-- one entity on one day has one outcome, which need not be delivered for both predictions
final as (

    select
        -- ids
        version_predictions.model_id,
        champion_predictions.version_id as champion_version_id,
        version_predictions.version_id,
        version_predictions.entity_id,

        -- text
        version_predictions.task,

        -- numbers
        champion_predictions.score as champion_score,
        version_predictions.score,
        coalesce(version_predictions.label, champion_predictions.label) as label,

        -- times
        version_predictions.predicted_date
    from daily_predictions as version_predictions
    inner join champion_predictions
        on
            version_predictions.model_id = champion_predictions.model_id
            and version_predictions.entity_id = champion_predictions.entity_id
            and version_predictions.predicted_date = champion_predictions.predicted_date
    where
        version_predictions.version_id != champion_predictions.version_id
        and coalesce(version_predictions.label, champion_predictions.label) is not null
        and coalesce(version_predictions.label, champion_predictions.label)
        = coalesce(champion_predictions.label, version_predictions.label)

)

select * from final
