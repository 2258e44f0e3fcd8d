with assignments as (

    select * from {{ ref('stg_data_team__assignments') }}

),

members as (

    select * from {{ ref('stg_data_team__members') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_dates as (

    select {{ add_days('as_of_date', -1) }} as last_date
    from as_of

),

-- nobody works for a department before joining or after leaving, whatever an assignment says
bounded as (

    select
        -- ids
        assignments.assignment_id,
        assignments.member_id,

        -- text
        coalesce(members.role, '(unknown)') as role,
        coalesce(assignments.department, '(all)') as department,
        assignments.operating_model,

        -- numbers
        assignments.share,
        assignments.monthly_cost,

        -- booleans
        members.member_id is not null as is_known_member,

        -- times
        members.joined_on,
        members.left_on,
        greatest(assignments.starts_on, coalesce(members.joined_on, assignments.starts_on))
            as first_date,
        least(
            coalesce(assignments.ends_on, last_dates.last_date),
            coalesce(members.left_on, last_dates.last_date),
            last_dates.last_date
        ) as last_date,
        last_dates.last_date as history_last_date
    from assignments
    cross join last_dates
    left join members on assignments.member_id = members.member_id

),

final as (

    select
        -- ids
        assignment_id,
        member_id,

        -- text
        role,
        department,
        operating_model,
        case
            when first_date <= last_date then null
            when first_date > history_last_date then 'not_begun'
            else 'outside_membership'
        end as reason,

        -- numbers
        share,
        monthly_cost,

        -- booleans
        is_known_member,
        first_date <= last_date as is_counted,

        -- times
        joined_on,
        left_on,
        first_date,
        last_date,
        history_last_date
    from bounded

)

select * from final
