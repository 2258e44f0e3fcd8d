with requests as (

    select * from {{ ref('stg_data_team__requests') }}

),

as_of as (

    select
        as_of_date,
        {{ local_midnight('as_of_date') }} as as_of_moment
    from {{ ref('int_as_of') }}

),

-- an answer that was sent back later than it was given is none
answers as (

    select
        request_id,
        case
            when reopened_at > answered_at then null
            else answered_at
        end as answered_at
    from requests

),

states as (

    select
        requests.*,
        answers.answered_at as last_answered_at,
        case
            when requests.abandoned_at is not null then 'abandoned'
            when answers.answered_at is not null then 'answered'
            when requests.reopened_at is not null then 'reopened'
            when requests.started_at is not null then 'in_progress'
            else 'open'
        end as status,
        {{ date_difference('second', 'requests.requested_at', 'as_of.as_of_moment') }}
            as waited_seconds
    from requests
    inner join answers on requests.request_id = answers.request_id
    cross join as_of

),

final as (

    select
        -- ids
        states.request_id,
        states.member_id,

        -- text
        states.department,
        states.kind,
        states.title,
        case when states.status = 'answered' then states.answered_by end as answered_by,
        states.asset_name,
        states.status,

        -- numbers
        {{ date_difference('second', 'states.requested_at', 'states.first_response_at') }}
        / 3600.0e0 as first_response_hours,
        {{ date_difference('second', 'states.requested_at', 'states.last_answered_at') }}
        / 3600.0e0 as lead_time_hours,
        {{ date_difference('second', 'states.started_at', 'states.last_answered_at') }}
        / 3600.0e0 as work_hours,
        case
            when states.status in ('open', 'in_progress', 'reopened')
                then greatest(states.waited_seconds, 0) / 3600.0e0
        end as age_hours,
        states.effort_hours,
        states.satisfaction,

        -- booleans
        states.reopened_at is not null as is_reopened,

        -- times
        states.requested_at,
        states.first_response_at,
        states.started_at,
        states.last_answered_at as answered_at,
        states.abandoned_at,
        states.reopened_at,
        {{ local_date('states.requested_at') }} as requested_date,
        {{ local_date('states.last_answered_at') }} as answered_date
    from states

)

select * from final
