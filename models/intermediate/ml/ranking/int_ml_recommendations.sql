{#- A method of your own (a table of a training library) is one more block in `lists`; see
    docs/recommendations.md. -#}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

interactions as (

    select * from {{ ref('int_ml_interactions') }}

),

held_out as (

    select * from {{ ref('int_ml_held_out') }}

),

neighbours as (

    select * from {{ ref('int_ml_item_neighbours') }}

),

known as (

    select
        'everything' as basis,
        user_id,
        course_id,
        first_date,
        as_of_date as until_date
    from interactions
    union all
    select
        'before_split' as basis,
        user_id,
        course_id,
        first_date,
        split_date as until_date
    from interactions
    where not is_held_out

),

{{ popularity(
    'popular', 'known', date='first_date', until='until_date', days=28, item='course_id',
    keys=['basis']
) }},

evaluated_users as (

    select distinct user_id
    from held_out
    where has_history

),

-- what is popular is one list for anyone; what a user has is left out where it is evaluated
popular_lists as (

    select
        popular.basis,
        '(anyone)' as user_id,
        popular.course_id,
        cast(popular.user_count as decimal(38, 12)) as exact_score
    from popular
    where popular.basis = 'everything'
    union all
    select
        popular.basis,
        evaluated_users.user_id,
        popular.course_id,
        cast(popular.user_count as decimal(38, 12)) as exact_score
    from popular
    cross join evaluated_users
    left join known
        on
            popular.basis = known.basis
            and evaluated_users.user_id = known.user_id
            and popular.course_id = known.course_id
    where
        popular.basis = 'before_split'
        and known.user_id is null

),

-- as decimals: a sum of doubles depends on the order of the rows, and would break ties by it
item_item_lists as (

    select
        known.basis,
        known.user_id,
        neighbours.neighbour_course_id as course_id,
        sum(cast(neighbours.similarity as decimal(38, 12))) as exact_score
    from known
    inner join neighbours
        on
            known.basis = neighbours.basis
            and known.course_id = neighbours.course_id
    left join known as already_taken
        on
            known.basis = already_taken.basis
            and known.user_id = already_taken.user_id
            and neighbours.neighbour_course_id = already_taken.course_id
    where already_taken.user_id is null
    group by
        known.basis,
        known.user_id,
        neighbours.neighbour_course_id

),

lists as (

    select
        'popularity' as method,
        *
    from popular_lists
    union all
    select
        'item_item' as method,
        *
    from item_item_lists

),

ranked as (

    select
        *,
        row_number() over (
            partition by basis, method, user_id
            order by exact_score desc, course_id asc
        ) as course_rank
    from lists

),

final as (

    select
        -- ids
        ranked.user_id,
        ranked.course_id,

        -- text
        ranked.basis,
        ranked.method,

        -- numbers
        cast(ranked.course_rank as bigint) as course_rank,
        cast(ranked.exact_score as double) as score,

        -- times
        as_of.as_of_date
    from ranked
    cross join as_of
    where ranked.course_rank <= 10

)

select * from final
