with assignments as (

    select * from {{ ref('int_team_assignments_bounded') }}
    where is_counted

),

beginnings as (

    select
        *,
        first_date as event_date,
        row_number() over (
            partition by member_id, first_date order by share desc, assignment_id asc
        ) as place
    from assignments

),

-- the first day on which it does not hold any more, where the data reach it
endings as (

    select
        *,
        {{ add_days('last_date', 1) }} as event_date,
        row_number() over (
            partition by member_id, last_date order by share desc, assignment_id asc
        ) as place
    from assignments
    where last_date < history_last_date

),

-- what begins where something ends is a move, the largest shares first
changes as (

    select
        coalesce(beginnings.member_id, endings.member_id) as member_id,
        endings.assignment_id as from_assignment_id,
        beginnings.assignment_id as to_assignment_id,
        coalesce(beginnings.role, endings.role) as role,
        endings.department as from_department,
        beginnings.department as to_department,
        endings.operating_model as from_operating_model,
        beginnings.operating_model as to_operating_model,
        endings.share as from_share,
        beginnings.share as to_share,
        endings.monthly_cost as from_monthly_cost,
        beginnings.monthly_cost as to_monthly_cost,
        coalesce(beginnings.joined_on, endings.joined_on) as joined_on,
        coalesce(beginnings.left_on, endings.left_on) as left_on,
        coalesce(beginnings.event_date, endings.event_date) as event_date
    from beginnings
    full join endings
        on
            beginnings.member_id = endings.member_id
            and beginnings.event_date = endings.event_date
            and beginnings.place = endings.place

),

-- does another assignment go on, that neither begins nor ends with the change?
others as (

    select distinct
        changes.member_id,
        changes.event_date
    from changes
    inner join assignments
        on
            changes.member_id = assignments.member_id
            and changes.event_date > assignments.first_date
            and changes.event_date <= assignments.last_date

),

final as (

    select
        -- ids
        changes.member_id,
        changes.from_assignment_id,
        changes.to_assignment_id,

        -- text
        changes.role,
        changes.from_department,
        changes.to_department,
        changes.from_operating_model,
        changes.to_operating_model,

        -- numbers
        changes.from_share,
        changes.to_share,
        changes.from_monthly_cost,
        changes.to_monthly_cost,

        -- booleans
        others.member_id is not null as is_beside_another,

        -- times
        changes.joined_on,
        changes.left_on,
        changes.event_date
    from changes
    left join others
        on
            changes.member_id = others.member_id
            and changes.event_date = others.event_date

)

select * from final
