with requests as (

    select * from {{ ref('stg_data_team__requests') }}

),

assignments as (

    select * from {{ ref('int_team_assignments_bounded') }}
    where is_counted

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

known_until as (

    select {{ local_midnight('as_of_date') }} as known_until_at
    from as_of

),

-- what came after the end of the data had not happened yet
happened as (

    select
        requests.request_id,
        requests.department,
        requests.member_id,
        requests.answered_by,
        requests.satisfaction,
        requests.requested_at,
        case
            when requests.first_response_at < known_until.known_until_at
                then requests.first_response_at
        end as first_response_at,
        case when requests.started_at < known_until.known_until_at then requests.started_at end
            as started_at,
        case when requests.answered_at < known_until.known_until_at then requests.answered_at end
            as answered_at,
        case when requests.abandoned_at < known_until.known_until_at then requests.abandoned_at end
            as abandoned_at,
        case when requests.reopened_at < known_until.known_until_at then requests.reopened_at end
            as reopened_at
    from requests
    inner join known_until on requests.requested_at < known_until.known_until_at

),

taken as (

    select
        *,
        coalesce(started_at, first_response_at, answered_at, requested_at) as taken_at
    from happened

),

taken_dates as (

    select
        *,
        {{ local_date('taken_at') }} as taken_date
    from taken

),

-- of several assignments of a day the one for who asked, else the larger share
candidates as (

    select
        taken_dates.request_id,
        assignments.assignment_id,
        assignments.operating_model,
        row_number() over (
            partition by taken_dates.request_id
            order by
                case when assignments.department = taken_dates.department then 0 else 1 end asc,
                assignments.share desc,
                assignments.assignment_id asc
        ) as place
    from taken_dates
    inner join assignments
        on
            taken_dates.member_id = assignments.member_id
            and taken_dates.taken_date >= assignments.first_date
            and taken_dates.taken_date <= assignments.last_date

),

final as (

    select
        -- ids
        taken_dates.request_id,
        taken_dates.member_id,
        candidates.assignment_id,

        -- text
        taken_dates.department,
        coalesce(candidates.operating_model, '(none)') as operating_model,
        case
            when candidates.assignment_id is not null then null
            when taken_dates.member_id is null then 'nobody_took_it'
            else 'member_without_assignment'
        end as reason,

        -- numbers
        cast(
            {{ date_difference('second', 'taken_dates.requested_at', 'taken_dates.answered_at') }}
            as double
        ) / 3600.0e0 as lead_time_hours,
        cast(
            {{ date_difference(
                'second', 'taken_dates.requested_at', 'taken_dates.first_response_at'
            ) }} as double
        ) / 3600.0e0 as first_response_hours,
        case when taken_dates.answered_at is not null then taken_dates.satisfaction end
            as satisfaction,

        -- booleans
        taken_dates.answered_at is not null as is_answered,
        taken_dates.answered_at is null and taken_dates.abandoned_at is null as is_open,
        taken_dates.reopened_at is not null as is_reopened,
        taken_dates.answered_at is not null
        and coalesce(taken_dates.answered_by = 'existing_asset', false) as is_reused,

        -- times
        taken_dates.taken_date
    from taken_dates
    left join candidates
        on
            taken_dates.request_id = candidates.request_id
            and candidates.place = 1

)

select * from final
