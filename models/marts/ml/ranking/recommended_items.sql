with recommendations as (

    select * from {{ ref('int_ml_recommendations') }}

),

final as (

    select
        -- ids
        user_id,
        course_id,

        -- text
        method,

        -- numbers
        course_rank as rank,
        score,

        -- times
        as_of_date
    from recommendations
    where basis = 'everything'

)

select * from final
