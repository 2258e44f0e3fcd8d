-- Orders: at most one a visit, with the visit's number; the basket is a list of lines, so that an
-- order's amount needs no join.

create view purchases as
with ordering_visits as (
    select
        * exclude (exposures),
        session_number as order_number,
        active_from + to_seconds(
            cast(floor(active_seconds * (0.3 + 0.6 * uniform('order moment', session_number)))
            as bigint)
        ) as ordered_at,
        1 + cast(least(3, floor(exponential('lines', session_number) * 1.6 * extra_lines))
        as integer) as line_count
    from visits
    where uniform('order', session_number) < order_share
),

chosen as (
    select
        *,
        list_transform(range(1, line_count + 1), lambda line: {
            line_number: line,
            course_number: course_at(
                ordered_at, uniform('line course', order_number * 8 + line)
            ),
            -- 5 % are team licences; 1 % of the lines after the first return another course.
            quantity: case
                when line > 1 and uniform('line return', order_number * 8 + line) < 0.01 then -1
                when uniform('line team', order_number * 8 + line) < 0.05
                    then 2 + cast(floor(uniform('line seats', order_number * 8 + line) * 4)
                    as integer)
                else 1
            end,
        }) as choices
    from ordering_visits
),

priced as (
    select
        *,
        list_transform(choices, lambda choice: {
            line_number: choice.line_number,
            course_number: choice.course_number,
            quantity: choice.quantity,
            unit_price: cast(
                course_price(choice.course_number) * price_factor as decimal(10, 2)
            ),
            line_amount: cast(
                choice.quantity
                * cast(course_price(choice.course_number) * price_factor as decimal(10, 2))
                as decimal(12, 2)
            ),
        }) as basket
    from chosen
),

paid as (
    select
        *,
        cast(
            list_sum(list_transform(basket, lambda line: line.line_amount)) as decimal(12, 2)
        ) as gross_amount,
        uniform('status', order_number) as status_draw,
        ordered_at + to_seconds(
            cast(3600 * (20 + least(480, floor(exponential('refund', order_number) * 130)))
            as bigint)
        ) as refund_wanted_at,
        batch_of(ordered_at, 'order', order_number) as first_loaded_at
    from priced
),

settled as (
    select
        *,
        case
            when status_draw < 0.02 then 'cancelled'
            when
                status_draw < 0.02 + refund_share
                and refund_wanted_at < getvariable('end_moment')
                then 'refunded'
            else 'paid'
        end as status,
        case
            when gross_amount > 0 and uniform('discount', order_number) < 0.22
                then cast(
                    gross_amount * draw([0.1, 0.1, 0.15, 0.2, 0.3], 'rate', order_number)
                    as decimal(12, 2)
                )
        end as discount_amount
    from paid
),

-- A refund changes the row. Half of the refunded orders had been delivered before, as paid.
loaded as (
    select
        *,
        case when status = 'refunded' then refund_wanted_at end as refunded_at,
        case
            when status = 'refunded'
                then greatest(
                    first_loaded_at, batch_of(refund_wanted_at, 'refund', order_number)
                )
            else first_loaded_at
        end as loaded_at
    from settled
)

select
    *,
    status = 'refunded'
    and first_loaded_at < loaded_at
    and uniform('delivered before', order_number) < 0.5 as is_delivered_before,
    'o' || order_number as order_id
from loaded;

create view orders as
select
    order_id,
    user_id,
    session_id,
    ordered_at,
    gross_amount,
    discount_amount,
    status,
    refunded_at,
    loaded_at
from purchases;

create view superseded_orders as
select
    order_id,
    user_id,
    session_id,
    ordered_at,
    gross_amount,
    discount_amount,
    'paid' as status,
    null as refunded_at,
    first_loaded_at as loaded_at
from purchases
where is_delivered_before;

create view purchase_lines as
with opened as (
    select
        user_number,
        user_id,
        session_id,
        session_number,
        order_id,
        order_number,
        ordered_at,
        ended_at,
        status,
        lesson_mean,
        case when is_delivered_before then first_loaded_at else loaded_at end as loaded_at,
        unnest(basket) as line
    from purchases
)

select
    * exclude (line),
    line.line_number as line_number,
    line.quantity as quantity,
    line.unit_price as unit_price,
    line.line_amount as line_amount,
    'c' || line.course_number as course_id
from opened;

create view order_lines as
select
    order_id,
    line_number as line_id,
    course_id,
    quantity,
    unit_price,
    line_amount,
    loaded_at
from purchase_lines;

-- Orders, with their one line, of users who are not known (yet): planted.yml, unknown_user.
create view purchases_of_unknown_users as
with candidates as (
    select
        *,
        row_number() over (order by uniform('unknown', order_number), order_number) as place
    from purchases
    where
        user_number is not null
        and line_count = 1
        and status = 'paid'
)

select
    place,
    'o' || (getvariable('last_number') + 1000 + place) as unknown_order_id,
    'u' || (getvariable('user_count') + 1000 + place // 2) as unknown_user_id,
    ordered_at,
    gross_amount,
    discount_amount,
    status,
    basket,
    loaded_at
from candidates
where place <= getvariable('unknown_user_rows');

create view orders_of_unknown_users as
select
    unknown_order_id as order_id,
    unknown_user_id as user_id,
    null as session_id,
    ordered_at,
    gross_amount,
    discount_amount,
    status,
    null as refunded_at,
    loaded_at
from purchases_of_unknown_users;

create view lines_of_unknown_users as
select
    unknown_order_id as order_id,
    1 as line_id,
    'c' || basket[1].course_number as course_id,
    basket[1].quantity as quantity,
    basket[1].unit_price as unit_price,
    basket[1].line_amount as line_amount,
    loaded_at
from purchases_of_unknown_users;
