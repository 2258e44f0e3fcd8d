with base_courses as (

    select * from {{ ref('base_product__courses') }}

),

accepted_courses as (

    select
        -- ids
        course_id,

        -- text
        title,
        category,
        level,

        -- numbers
        list_price,

        -- times
        published_at,
        loaded_at
    from base_courses
    where rejection_reasons is null

)

select * from accepted_courses
