with survey_responses as (

    select * from {{ ref('stg_product__survey_responses') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

final as (

    select
        -- ids
        survey_responses.response_id,
        survey_responses.user_id,
        coalesce(users.user_key, '(unknown)') as user_key,

        -- text
        case
            when survey_responses.score >= 9 then 'promoter'
            when survey_responses.score >= 7 then 'passive'
            else 'detractor'
        end as nps_group,

        -- numbers
        survey_responses.score,

        -- times
        survey_responses.responded_at,
        {{ local_date('survey_responses.responded_at') }} as responded_date,
        survey_responses.loaded_at
    from survey_responses
    left join users on survey_responses.user_id = users.user_id

)

select * from final
