with requests as (

    select * from {{ ref('int_requests_timed') }}

),

questions as (

    select * from {{ ref('int_questions_grouped') }}

),

final as (

    select
        -- ids
        requests.request_id,
        questions.question_group,
        requests.member_id,

        -- text
        requests.department,
        requests.kind,
        requests.title,
        questions.question_key,
        questions.tables_used,
        requests.asset_name,
        requests.answered_by,
        requests.status,

        -- numbers
        questions.times_asked_before,
        requests.first_response_hours,
        requests.lead_time_hours,
        requests.work_hours,
        requests.age_hours,
        requests.effort_hours,
        requests.satisfaction,

        -- booleans
        questions.times_asked_before > 0 as is_repeated,
        requests.is_reopened,
        questions.times_asked_before > 0
        and coalesce(requests.answered_by = 'existing_asset', false)
            as is_repeat_answered_by_asset,

        -- times
        requests.requested_at,
        requests.first_response_at,
        requests.started_at,
        requests.answered_at,
        requests.abandoned_at,
        requests.reopened_at,
        requests.requested_date,
        requests.answered_date
    from requests
    inner join questions on requests.request_id = questions.request_id

)

select * from final
