with models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

staged as (

    select * from {{ ref('int_ml_versions_staged') }}

),

watched as (

    select * from {{ ref('int_ml_versions_watched') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- a version of which no single prediction is kept, such as a ranker, ages as well; a rule does not
versions_in_use as (

    select
        versions.model_id,
        versions.version_id,
        models.max_age_days,
        coalesce(watched.is_in_service, staged.stage = 'Production') as is_in_service,
        coalesce(versions.training_ended_at, versions.training_started_at, versions.created_at)
            as trained_at
    from versions
    inner join models on versions.model_id = models.model_id
    inner join staged
        on
            versions.model_id = staged.model_id
            and versions.version_id = staged.version_id
    left join watched
        on
            versions.model_id = watched.model_id
            and versions.version_id = watched.version_id
    where
        watched.version_id is not null
        or (staged.stage = 'Production' and versions.role != 'heuristic_baseline')

),

final as (

    select
        -- ids
        versions_in_use.model_id,
        versions_in_use.version_id,

        -- numbers
        versions_in_use.max_age_days,
        {{ date_difference('day', local_date('versions_in_use.trained_at'), 'as_of.as_of_date') }}
            as age_days,

        -- booleans
        versions_in_use.is_in_service,

        -- times
        versions_in_use.trained_at
    from versions_in_use
    cross join as_of

)

select * from final
