with assignments as (

    select * from {{ ref('int_team_assignments_bounded') }}
    where is_counted

),

memberships as (

    select * from {{ ref('int_team_memberships') }}

),

assigned_days as (

    select
        assignment_id,
        member_id,
        role,
        department,
        operating_model,
        share,
        monthly_cost,
        is_known_member,
        {{ days_between('first_date', 'last_date') }}
            as date_day
    from assignments

),

member_days as (

    select
        member_id,
        role,
        {{ days_between('first_date', 'last_date') }}
            as date_day
    from memberships
    where first_date <= last_date

),

free_days as (

    select
        member_days.member_id,
        member_days.role,
        member_days.date_day
    from member_days
    left join assigned_days
        on
            member_days.member_id = assigned_days.member_id
            and member_days.date_day = assigned_days.date_day
    where assigned_days.member_id is null

),

all_days as (

    select
        assignment_id,
        member_id,
        role,
        department,
        operating_model,
        share,
        monthly_cost,
        is_known_member,
        date_day
    from assigned_days
    union all
    select
        '(none)' as assignment_id,
        member_id,
        role,
        '(none)' as department,
        '(none)' as operating_model,
        null as share,
        null as monthly_cost,
        true as is_known_member,
        date_day
    from free_days

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

        -- numbers
        share,
        monthly_cost,

        -- booleans
        is_known_member,
        row_number() over (
            partition by member_id, date_day
            order by share desc nulls last, assignment_id asc
        ) = 1 as is_main,

        -- times
        date_day
    from all_days

)

select * from final
