-- One in five buyers answers, some hours to days after the order; a refund costs points.

create view survey_responses as
with asked as (
    select
        user_id,
        order_number,
        status,
        ordered_at + to_seconds(
            3600 * 4 + cast(floor(uniform('answer moment', order_number) * 3600 * 72) as bigint)
        ) as responded_at
    from purchases
    where
        user_number is not null
        and status <> 'cancelled'
        and uniform('answers', order_number) < 0.20
)

select
    'r' || order_number as response_id,
    user_id,
    greatest(0, draw(
        [0, 2, 4, 5, 6, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 9]
        || [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
        'score', order_number
    ) - case when status = 'refunded' then 3 else 0 end) as score,
    responded_at,
    batch_of(responded_at, 'response', order_number) as loaded_at
from asked
where responded_at < getvariable('end_moment');
