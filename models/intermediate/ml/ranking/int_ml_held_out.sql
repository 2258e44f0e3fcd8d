with interactions as (

    select * from {{ ref('int_ml_interactions') }}

),

users as (

    select
        user_id,
        count(*) as known_course_count
    from interactions
    where not is_held_out
    group by user_id

),

final as (

    select
        -- ids
        interactions.user_id,
        interactions.course_id,

        -- numbers
        coalesce(users.known_course_count, 0) as known_course_count,

        -- booleans
        users.user_id is not null as has_history,

        -- times
        interactions.first_at,
        interactions.split_date
    from interactions
    left join users on interactions.user_id = users.user_id
    where interactions.is_held_out

)

select * from final
