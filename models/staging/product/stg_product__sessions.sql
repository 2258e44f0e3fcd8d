with base_sessions as (

    select * from {{ ref('base_product__sessions') }}

),

accepted_sessions as (

    select
        -- ids
        session_id,
        user_id,

        -- text
        channel,
        platform,

        -- times
        started_at,
        ended_at,
        loaded_at
    from base_sessions
    where rejection_reasons is null

)

select * from accepted_sessions
