with requests as (

    select * from {{ ref('team_requests') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

assets as (

    select distinct asset_name from {{ ref('int_assets_listed') }}

),

-- what can be found without the team; a pipeline or a model has to be built
questions as (

    select
        requests.*,
        assets.asset_name is not null as is_seen_without_query,
        coalesce(requests.answered_by != 'self_service', true) as is_asked_of_team,
        requests.requested_date >= {{ add_days('as_of.as_of_date', -90) }}
        and requests.requested_date < as_of.as_of_date as is_recent,
        row_number() over (
            partition by requests.question_group
            order by requests.requested_at desc, requests.request_id desc
        ) as last_number,
        row_number() over (
            partition by requests.question_group
            order by
                case
                    when assets.asset_name is not null then 1
                    when requests.asset_name is not null then 2
                    else 3
                end asc,
                requests.requested_at desc,
                requests.request_id desc
        ) as last_asset_number
    from requests
    cross join as_of
    left join assets on requests.asset_name = assets.asset_name
    where requests.kind in ('question', 'report')

),

grouped as (

    select
        question_group,
        max(case when last_number = 1 then title end) as title,
        {{ joined_values('department', "', '") }} as departments,
        max(tables_used) as tables_used,
        max(case when last_asset_number = 1 then asset_name end) as existing_asset,
        max(case when is_seen_without_query then 1 else 0 end) = 1 as is_shown_somewhere,
        count(distinct department) as department_count,
        count(distinct title) as wording_count,
        count(case when is_asked_of_team then 1 end) as times_asked,
        count(case when is_asked_of_team and effort_hours is null then 1 end)
            as unknown_effort_count,
        count(distinct {{ dbt.date_trunc('month', 'requested_date') }}) as month_count,
        cast(sum(case when is_asked_of_team then effort_hours end) as double) as analyst_hours,
        cast(sum(case when is_asked_of_team and is_recent then effort_hours end) as double)
            as recent_hours,
        min(requested_date) as first_asked_date,
        max(requested_date) as last_asked_date
    from questions
    group by question_group

),

candidates as (

    select * from grouped
    where times_asked >= 3

),

final as (

    select
        -- ids
        question_group,

        -- text
        title,
        departments,
        tables_used,
        existing_asset,
        -- a table alone did not spare the next request; three months are a habit
        case
            when is_shown_somewhere then 'point_to_asset'
            when month_count >= 3 then 'build_dashboard'
            else 'write_analysis'
        end as suggestion,
        case when analyst_hours is null then 'effort_unknown' end as reason,

        -- numbers
        cast(row_number() over (
            order by analyst_hours desc nulls last, times_asked desc, question_group asc
        ) as bigint) as hours_rank,
        times_asked,
        department_count,
        wording_count,
        month_count,
        unknown_effort_count,
        analyst_hours,
        case when analyst_hours is not null then coalesce(recent_hours, 0.0e0) end
            as hours_last_90_days,

        -- times
        first_asked_date,
        last_asked_date
    from candidates

)

select * from final
