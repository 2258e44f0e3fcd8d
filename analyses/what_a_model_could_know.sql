-- What would the churn model be trained on? Each of its predictions with the sessions of the
-- learner as they were known at that moment: a session counts from its load on.
--
-- dbt show --select what_a_model_could_know --limit 20
with predictions as (

    select
        prediction_id,
        entity_id as user_id,
        predicted_at
    from {{ ref('stg_ml__predictions') }}
    where model_id = 'churn'

),

sessions as (

    select
        user_id,
        loaded_at,
        started_at
    from {{ ref('fct_sessions') }}
    where user_id is not null

),

-- a version of the features for every load that brought a session of the user
versions as (

    select
        user_id,
        loaded_at as known_at,
        count(*) over known_sessions as session_count,
        max(started_at) over known_sessions as last_session_at
    from sessions
    window known_sessions as (
        partition by user_id
        order by loaded_at
        range between unbounded preceding and current row
    )

),

session_versions as (

    select distinct
        user_id,
        known_at,
        session_count,
        last_session_at
    from versions

),

{{ point_in_time(
    'training_rows', 'predictions', 'session_versions', ['session_count', 'last_session_at'],
    entity='user_id'
) }},

outcomes as (

    select
        prediction_id,
        outcome_value
    from {{ ref('stg_ml__outcomes') }}

)

select
    training_rows.prediction_id,
    training_rows.user_id,
    training_rows.predicted_at,
    training_rows.features_known_at,
    training_rows.session_count,
    training_rows.last_session_at,
    outcomes.outcome_value
from training_rows
left join outcomes on training_rows.prediction_id = outcomes.prediction_id
order by training_rows.predicted_at, training_rows.prediction_id
