with courses as (

    select * from {{ ref('stg_product__courses') }}

),

known_courses as (

    select
        course_id as course_key,
        course_id,
        title,
        category,
        level,
        list_price,
        published_at,
        {{ local_date('published_at') }} as published_date
    from courses

),

unknown_course as (

    select
        '(unknown)' as course_key,
        cast(null as string) as course_id,
        '(unknown)' as title,
        '(unknown)' as category,
        '(unknown)' as level,
        cast(null as decimal(18, 4)) as list_price,
        cast(null as timestamp) as published_at,
        cast(null as date) as published_date

),

final as (

    select * from known_courses
    union all
    select * from unknown_course

)

select * from final
