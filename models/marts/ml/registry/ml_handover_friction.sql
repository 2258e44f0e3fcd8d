with handovers as (

    select * from {{ ref('ml_handovers') }}

),

-- each handover once for each way to look at it
by_dimension as (

    select
        *,
        'total' as dimension_name,
        'total' as dimension_value
    from handovers
    union all
    select
        *,
        'languages' as dimension_name,
        concat(
            coalesce(from_language, '(unknown)'), ' to ', coalesce(to_language, '(unknown)')
        ) as dimension_value
    from handovers
    union all
    select
        *,
        'teams' as dimension_name,
        concat(coalesce(from_team, '(unknown)'), ' to ', coalesce(to_team, '(unknown)'))
            as dimension_value
    from handovers

),

final as (

    select
        -- ids
        dimension_name,
        dimension_value,

        -- numbers
        count(*) as handover_count,
        count(case when is_open then 1 end) as open_count,
        count(case when status = 'abandoned' then 1 end) as abandoned_count,
        count(case when is_reimplemented then 1 end) as reimplemented_count,
        count(blocker) as blocked_count,
        cast(count(case when friction != 'none' then 1 end) as double) / count(*)
            as friction_share,
        sum(effort_days) as effort_days,
        percentile_cont(0.5) within group (order by wait_days) as wait_days_p50,
        percentile_cont(0.9) within group (order by wait_days) as wait_days_p90
    from by_dimension
    group by dimension_name, dimension_value

)

select * from final
