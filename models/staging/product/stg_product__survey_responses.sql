with base_survey_responses as (

    select * from {{ ref('base_product__survey_responses') }}

),

accepted_survey_responses as (

    select
        -- ids
        response_id,
        user_id,

        -- numbers
        score,

        -- times
        responded_at,
        loaded_at
    from base_survey_responses
    where rejection_reasons is null

)

select * from accepted_survey_responses
