with handovers as (

    select * from {{ ref('stg_ml__handovers') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- what is not over yet lasts until the end of the data, what was abandoned until the load that
-- says so
known_handovers as (

    select
        handovers.handover_id,
        case
            when handovers.status = 'abandoned' then handovers.loaded_at
            else cast(as_of.as_of_date as timestamp)
        end as last_known_at
    from handovers
    cross join as_of

),

timed as (

    select
        -- ids
        handovers.handover_id,
        handovers.model_id,
        handovers.version_id,

        -- text
        handovers.from_owner,
        handovers.to_owner,
        handovers.from_team,
        handovers.to_team,
        handovers.from_language,
        handovers.to_language,
        handovers.status,
        handovers.blocker,

        -- numbers
        handovers.effort_days,

        -- booleans
        handovers.is_reimplemented,

        -- times
        handovers.requested_at,
        handovers.accepted_at,
        handovers.completed_at,
        coalesce(handovers.accepted_at, known_handovers.last_known_at) as waited_until_at,
        coalesce(handovers.completed_at, known_handovers.last_known_at) as lasted_until_at
    from handovers
    inner join known_handovers on handovers.handover_id = known_handovers.handover_id

)

select * from timed
