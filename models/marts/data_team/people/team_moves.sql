with changes as (

    select * from {{ ref('int_team_assignment_changes') }}

),

memberships as (

    select * from {{ ref('int_team_memberships') }}

),

events as (

    select
        case
            when from_assignment_id is null then 'assigned'
            when to_assignment_id is null then 'unassigned'
            else 'moved'
        end as event_type,
        member_id,
        role,
        from_assignment_id,
        to_assignment_id,
        from_department,
        to_department,
        from_operating_model,
        to_operating_model,
        from_share,
        to_share,
        from_monthly_cost,
        to_monthly_cost,
        case
            when from_assignment_id is null and event_date = joined_on then 'on_joining'
            when from_assignment_id is null and is_beside_another then 'beside_another'
            when from_assignment_id is null then 'after_none'
            when
                to_assignment_id is null
                and {{ add_days('left_on', 1) }} = event_date
                then 'on_leaving'
            when to_assignment_id is null and is_beside_another then 'another_goes_on'
            when to_assignment_id is null then 'without_another'
            when from_department != to_department and from_operating_model != to_operating_model
                then 'department_and_operating_model'
            when from_department != to_department then 'department'
            when from_operating_model != to_operating_model then 'operating_model'
            when from_share != to_share then 'share'
            when coalesce(from_monthly_cost, -1) != coalesce(to_monthly_cost, -1) then 'cost'
            else 'renewed'
        end as reason,
        event_date
    from changes
    union all
    select
        'joined' as event_type,
        member_id,
        role,
        null as from_assignment_id,
        null as to_assignment_id,
        null as from_department,
        null as to_department,
        null as from_operating_model,
        null as to_operating_model,
        null as from_share,
        null as to_share,
        null as from_monthly_cost,
        null as to_monthly_cost,
        'membership_began' as reason,
        joined_on as event_date
    from memberships
    where is_counted
    union all
    select
        'left' as event_type,
        member_id,
        role,
        null as from_assignment_id,
        null as to_assignment_id,
        null as from_department,
        null as to_department,
        null as from_operating_model,
        null as to_operating_model,
        null as from_share,
        null as to_share,
        null as from_monthly_cost,
        null as to_monthly_cost,
        'membership_ended' as reason,
        {{ add_days('left_on', 1) }} as event_date
    from memberships
    where is_counted and has_left

),

final as (

    select
        -- ids
        concat(event_type, '/', coalesce(to_assignment_id, from_assignment_id, member_id))
            as event_id,
        member_id,
        from_assignment_id,
        to_assignment_id,

        -- text
        event_type,
        role,
        from_department,
        to_department,
        from_operating_model,
        to_operating_model,
        reason,

        -- numbers
        cast(from_share as double) as from_share,
        cast(to_share as double) as to_share,
        cast(from_monthly_cost as decimal(18, 2)) as from_monthly_cost,
        cast(to_monthly_cost as decimal(18, 2)) as to_monthly_cost,

        -- times
        event_date
    from events

)

select * from final
