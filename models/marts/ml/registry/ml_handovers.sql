with handovers as (

    select * from {{ ref('int_ml_handovers_timed') }}

),

final as (

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
        status,
        blocker,
        case
            when status = 'abandoned' then 'abandoned'
            when is_reimplemented and blocker is not null then 'reimplemented and blocked'
            when is_reimplemented then 'reimplemented'
            when blocker is not null then 'blocked'
            else 'none'
        end as friction,

        -- numbers
        effort_days,
        cast({{ date_difference('second', 'requested_at', 'waited_until_at') }} as double)
        / 86400.0e0 as wait_days,
        cast({{ date_difference('second', 'requested_at', 'lasted_until_at') }} as double)
        / 86400.0e0 as total_days,

        -- booleans
        coalesce(is_reimplemented, false) as is_reimplemented,
        coalesce(from_language, '') != coalesce(to_language, '') as is_other_language,
        coalesce(from_team, '') != coalesce(to_team, '') as is_other_team,
        status in ('requested', 'accepted') as is_open,

        -- times
        requested_at,
        accepted_at,
        completed_at
    from handovers

)

select * from final
