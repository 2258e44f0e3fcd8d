with members as (

    select * from {{ ref('stg_data_team__members') }}

),

assignments as (

    select * from {{ ref('int_team_assignments_bounded') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- the history begins with the first assignment
history as (

    select min(first_date) as first_date
    from assignments
    where is_counted

),

bounds as (

    select
        history.first_date as history_first_date,
        {{ add_days('as_of.as_of_date', -1) }} as history_last_date
    from history
    cross join as_of

),

final as (

    select
        -- ids
        members.member_id,

        -- text
        members.role,

        -- booleans
        members.joined_on <= bounds.history_last_date as is_counted,
        coalesce(members.left_on < bounds.history_last_date, false) as has_left,

        -- times
        members.joined_on,
        members.left_on,
        greatest(members.joined_on, bounds.history_first_date) as first_date,
        least(coalesce(members.left_on, bounds.history_last_date), bounds.history_last_date)
            as last_date
    from members
    cross join bounds

)

select * from final
