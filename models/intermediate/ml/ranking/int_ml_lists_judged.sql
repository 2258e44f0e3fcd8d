with interactions as (

    select * from {{ ref('int_ml_interactions') }}

),

held_out as (

    select * from {{ ref('int_ml_held_out') }}

),

recommendations as (

    select * from {{ ref('int_ml_recommendations') }}

),

methods as (

    select 'popularity' as method
    union all
    select 'item_item' as method

),

known_courses as (

    select
        course_id,
        cast(count(*) as double) as known_by_count
    from interactions
    where not is_held_out
    group by course_id

),

known_users as (

    select cast(count(distinct user_id) as double) as known_user_count
    from interactions
    where not is_held_out

),

catalogue as (

    select count(*) as catalogue_count
    from known_courses

),

relevant as (

    select
        methods.method,
        held_out.user_id,
        held_out.course_id
    from held_out
    cross join methods
    where held_out.has_history

),

evaluated_users as (

    select distinct user_id
    from relevant

),

shown as (

    select
        recommendations.method,
        recommendations.user_id,
        recommendations.course_id,
        recommendations.course_rank
    from recommendations
    inner join evaluated_users on recommendations.user_id = evaluated_users.user_id
    where recommendations.basis = 'before_split'

),

judged as (

    select
        shown.course_rank,
        coalesce(shown.method, relevant.method) as method,
        coalesce(shown.user_id, relevant.user_id) as user_id,
        coalesce(shown.course_id, relevant.course_id) as course_id,
        case when relevant.user_id is null then 0 else 1 end as relevance
    from shown
    full outer join relevant
        on
            shown.method = relevant.method
            and shown.user_id = relevant.user_id
            and shown.course_id = relevant.course_id

),

final as (

    select
        -- ids
        judged.user_id,
        judged.course_id,

        -- text
        judged.method,

        -- numbers
        judged.course_rank,
        judged.relevance,
        known_courses.known_by_count / known_users.known_user_count as item_popularity,
        catalogue.catalogue_count
    from judged
    cross join catalogue
    cross join known_users
    left join known_courses on judged.course_id = known_courses.course_id

)

select * from final
