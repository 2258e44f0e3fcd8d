with requests as (

    select * from {{ ref('team_requests') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

dimensions as (

    select 'total' as dimension_name
    union all
    select 'department' as dimension_name
    union all
    select 'kind' as dimension_name

),

-- what happened up to the last complete day
dated as (

    select
        requests.request_id,
        requests.department,
        requests.kind,
        requests.answered_by,
        requests.first_response_hours,
        requests.lead_time_hours,
        requests.satisfaction,
        requests.is_repeated,
        requests.requested_at,
        requests.requested_date,
        case
            when {{ local_date('requests.first_response_at') }} < as_of.as_of_date
                then {{ local_date('requests.first_response_at') }}
        end as first_response_date,
        case
            when requests.answered_date < as_of.as_of_date then requests.answered_date
        end as answered_date,
        case
            when {{ local_date('requests.abandoned_at') }} < as_of.as_of_date
                then {{ local_date('requests.abandoned_at') }}
        end as abandoned_date,
        case
            when {{ local_date('requests.reopened_at') }} < as_of.as_of_date
                then {{ local_date('requests.reopened_at') }}
        end as reopened_date
    from requests
    cross join as_of
    where requests.requested_date < as_of.as_of_date

),

final as (

    select
        -- ids
        dated.request_id,

        -- text
        dimensions.dimension_name,
        case dimensions.dimension_name
            when 'department' then dated.department
            when 'kind' then dated.kind
            else 'total'
        end as dimension_value,
        dated.kind,
        dated.answered_by,

        -- numbers
        dated.first_response_hours,
        dated.lead_time_hours,
        dated.satisfaction,

        -- booleans
        dated.is_repeated,

        -- times
        dated.requested_at,
        dated.requested_date,
        coalesce(dated.answered_date, dated.abandoned_date) as closed_date,
        cast({{ dbt.date_trunc('month', 'dated.requested_date') }} as date) as requested_month,
        cast({{ dbt.date_trunc('month', 'dated.first_response_date') }} as date)
            as first_response_month,
        cast({{ dbt.date_trunc('month', 'dated.answered_date') }} as date) as answered_month,
        cast({{ dbt.date_trunc('month', 'dated.abandoned_date') }} as date) as abandoned_month,
        cast({{ dbt.date_trunc('month', 'dated.reopened_date') }} as date) as reopened_month
    from dated
    cross join dimensions

)

select * from final
