with member_days as (

    select * from {{ ref('int_team_member_days') }}

),

counted as (

    select
        department,
        operating_model,
        role,
        date_day,
        count(distinct member_id) as member_count,
        count(*) as assignment_count,
        count(monthly_cost) as costed_count,
        sum(share) as share_total,
        sum(monthly_cost) as monthly_cost
    from member_days
    group by department, operating_model, role, date_day

),

final as (

    select
        -- ids
        department,
        operating_model,
        role,

        -- text
        case
            when operating_model = '(none)' then 'no_assignment'
            when costed_count = 0 then 'no_cost'
            when costed_count < assignment_count then 'cost_incomplete'
        end as reason,

        -- numbers
        member_count,
        cast(coalesce(share_total, 0) as double) as full_time_equivalents,
        cast(monthly_cost as decimal(18, 2)) as monthly_cost,

        -- times
        date_day
    from counted

)

select * from final
