with as_of as (

    select * from {{ ref('int_as_of') }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

taken as (

    select
        user_id,
        course_id,
        1 as is_purchase,
        ordered_at as happened_at,
        ordered_date as happened_date
    from order_lines
    where
        not coalesce(is_cancelled, false)
        and not is_return
    union all
    select
        user_id,
        course_id,
        0 as is_purchase,
        occurred_at as happened_at,
        occurred_date as happened_date
    from events
    where event_type = 'enrol'

),

-- a line whose order is not known has no time, and a guest no history
interactions as (

    select
        taken.user_id,
        taken.course_id,
        as_of.as_of_date,
        max(taken.is_purchase) = 1 as is_purchased,
        min(taken.is_purchase) = 0 as is_enrolled,
        min(taken.happened_at) as first_at,
        min(taken.happened_date) as first_date
    from taken
    inner join as_of on taken.happened_date < as_of.as_of_date
    where
        taken.user_id is not null
        and taken.course_id is not null
    group by
        taken.user_id,
        taken.course_id,
        as_of.as_of_date

),

split as (

    select
        *,
        {{ add_days('as_of_date', '-' ~ var('held_out_days')) }} as split_date
    from interactions

),

final as (

    select
        -- ids
        user_id,
        course_id,

        -- booleans
        is_purchased,
        is_enrolled,
        first_date >= split_date as is_held_out,

        -- times
        first_at,
        first_date,
        split_date,
        as_of_date
    from split

)

select * from final
