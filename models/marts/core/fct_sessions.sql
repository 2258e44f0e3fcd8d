with sessions as (

    select * from {{ ref('int_sessions') }}

),

final as (

    select
        -- ids
        session_id,
        user_id,
        user_key,
        channel_key,

        -- text
        channel,
        platform,

        -- numbers
        duration_seconds,
        purchase_count,
        days_since_sign_up,

        -- booleans
        has_purchase,
        is_return_visit,

        -- times
        started_at,
        started_date,
        ended_at,
        loaded_at
    from sessions

)

select * from final
