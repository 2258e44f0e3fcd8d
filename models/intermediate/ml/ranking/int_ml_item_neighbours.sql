{#- A user with more courses says less about each of them, and costs the square of their number:
    100 is four times what the demo's busiest user has. 20 neighbours is what implicit keeps. -#}
with interactions as (

    select * from {{ ref('int_ml_interactions') }}

),

known as (

    select
        'everything' as basis,
        user_id,
        course_id,
        first_at
    from interactions
    union all
    select
        'before_split' as basis,
        user_id,
        course_id,
        first_at
    from interactions
    where not is_held_out

),

{{ item_item_cosine(
    'neighbours', 'known', item='course_id', keys=['basis'], recency='first_at', history=100,
    neighbours=20
) }},

final as (

    select
        -- ids
        course_id,
        neighbour_id as neighbour_course_id,

        -- text
        basis,

        -- numbers
        cast(neighbour_rank as bigint) as neighbour_rank,
        similarity,
        common_user_count,
        item_user_count,
        neighbour_user_count
    from neighbours

)

select * from final
