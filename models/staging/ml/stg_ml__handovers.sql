with base_handovers as (

    select * from {{ ref('base_ml__handovers') }}

),

accepted_handovers as (

    select
        -- ids
        handover_id,
        model_id,
        version_id,

        -- text
        from_owner,
        to_owner,
        from_team,
        to_team,
        from_language,
        to_language,
        blocker,
        status,

        -- numbers
        effort_days,

        -- booleans
        coalesce(is_reimplemented, from_language != to_language) as is_reimplemented,

        -- times
        requested_at,
        accepted_at,
        completed_at,
        loaded_at
    from base_handovers
    where rejection_reasons is null

)

select * from accepted_handovers
