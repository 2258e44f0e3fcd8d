-- The values of `metric_values` as an analyst would write them who knows these data and DuckDB well.
--
-- It leans on what a definition cannot know: that a user signs up once and buys for the first time
-- once, that a user's dimensions follow from the user (so users are counted once per period and
-- summed over segments), that ids can be numbered. `metrics.py` runs the statements in order: from
-- core, int_as_of and time_spine to by_hand.metric_values.

create schema if not exists by_hand;

-- a constant helps the optimizer more than a subquery
set variable as_of_date = (select as_of_date from intermediate.int_as_of);

-- helpers -------------------------------------------------------------------------------------------

-- (day, dimension_name, dimension_value, measures) -> the same by day, week and month
create or replace temp macro sums_by_period(days) as table
select 'day' as grain, * from query_table(days)
union all
select
    'week' as grain, cast(date_trunc('week', day) as date) as day, dimension_name, dimension_value,
    sum(columns(* exclude (day, dimension_name, dimension_value)))
from query_table(days)
group by all
union all
select
    'month' as grain, cast(date_trunc('month', day) as date) as day, dimension_name, dimension_value,
    sum(columns(* exclude (day, dimension_name, dimension_value)))
from query_table(days)
group by all;

-- distinct (day, person, segment) -> people by period and what their segment stands for
create or replace temp macro people_by_period(person_days) as table
with counts as (
    select 'day' as grain, day, segment, count(*) as people
    from query_table(person_days)
    group by all
    union all
    select 'week' as grain, day, segment, count(*) as people
    from (
        select distinct cast(date_trunc('week', day) as date) as day, person, segment
        from query_table(person_days)
    )
    group by all
    union all
    select 'month' as grain, day, segment, count(*) as people
    from (
        select distinct cast(date_trunc('month', day) as date) as day, person, segment
        from query_table(person_days)
    )
    group by all
)

select grain, day, dimension_name, dimension_value, sum(people) as people
from counts
inner join segment_values using (segment)
group by all;

-- (day, person, value) -> people by period and value
create or replace temp macro people_by_value(person_values, name) as table
with counts as (
    select 'day' as grain, day, value from (
        select distinct day, person, value from query_table(person_values)
    )
    union all
    select 'week' as grain, day, value from (
        select distinct cast(date_trunc('week', day) as date) as day, person, value
        from query_table(person_values)
    )
    union all
    select 'month' as grain, day, value from (
        select distinct cast(date_trunc('month', day) as date) as day, person, value
        from query_table(person_values)
    )
)

select grain, day, name as dimension_name, value as dimension_value, count(*) as people
from counts
group by all;

-- a value per day, shown where something is in its window -> each day, and the last shown day of
-- each week and month
create or replace temp macro last_of_period(series) as table
select metric_name, 'day' as grain, day, dimension_name, dimension_value, value
from query_table(series)
where is_shown
union all
select
    metric_name, 'week', cast(date_trunc('week', day) as date), dimension_name, dimension_value,
    arg_max(value, day)
from query_table(series)
where is_shown
group by all
union all
select
    metric_name, 'month', cast(date_trunc('month', day) as date), dimension_name, dimension_value,
    arg_max(value, day)
from query_table(series)
where is_shown
group by all;

-- users -----------------------------------------------------------------------------------------------

-- few combinations of the users' dimensions: one small number stands for three texts
create or replace temp table segments as
select
    cast(row_number() over () as smallint) as segment,
    *
from (
    select distinct
        coalesce(country, '(none)') as country,
        coalesce(platform, '(none)') as platform,
        coalesce(acquisition_channel, '(none)') as acquisition_channel
    from core.dim_users
);

create or replace temp table segment_values as
select segment, 'total' as dimension_name, 'total' as dimension_value from segments
union all
select segment, 'user__country', country from segments
union all
select segment, 'user__platform', platform from segments
union all
select segment, 'user__acquisition_channel', acquisition_channel from segments;

create or replace temp table nobody as
select segment as no_segment
from segments
where country = '(unknown)' and platform = '(unknown)' and acquisition_channel = '(unknown)';

-- numbered users; ids that facts mention and no user has are counted too
create or replace temp table people as
with strangers as (
    select user_id from core.fct_sessions where user_key = '(unknown)' and user_id is not null
    union
    select user_id from core.fct_orders where user_key = '(unknown)' and user_id is not null
    union
    select user_id from core.fct_events
    where user_key = '(unknown)' and user_id is not null and event_type = 'lesson_completed'
)

select
    user_id,
    cast(row_number() over () as integer) as person,
    segment,
    signed_up_date,
    true as is_known
from core.dim_users
inner join segments
    on
        coalesce(dim_users.country, '(none)') = segments.country
        and coalesce(dim_users.platform, '(none)') = segments.platform
        and coalesce(dim_users.acquisition_channel, '(none)') = segments.acquisition_channel
where user_id is not null
union all
select user_id, cast(-row_number() over () as integer), no_segment, null, false
from strangers
cross join nobody;

create or replace temp table sign_up_days as
select
    signed_up_date as day,
    dimension_name,
    dimension_value,
    count(*) as sign_ups
from people
inner join segment_values using (segment)
where signed_up_date < getvariable('as_of_date')
group by all;

-- sessions --------------------------------------------------------------------------------------------

create or replace temp table visits as
select
    started_date as day,
    person,
    coalesce(segment, no_segment) as segment,
    coalesce(channel, '(none)') as channel,
    coalesce(platform, '(none)') as platform,
    has_purchase,
    is_known and started_date > signed_up_date and started_date <= signed_up_date + 7 as is_retained,
    signed_up_date,
    duration_seconds
from core.fct_sessions
cross join nobody
left join people using (user_id)
where started_date < getvariable('as_of_date');

create or replace temp table session_days as
with cuts as (
    select
        day,
        segment,
        channel,
        platform,
        count(*) as sessions,
        count(*) filter (has_purchase) as purchase_sessions,
        sum(duration_seconds) as seconds,
        count(duration_seconds) as timed_sessions
    from visits
    group by grouping sets ((day, segment), (day, channel), (day, platform))
)

select
    day,
    dimension_name,
    dimension_value,
    sum(columns(* exclude (day, segment, dimension_name, dimension_value, channel, platform)))
from cuts
inner join segment_values using (segment)
group by all
union all
select day, 'session__channel', channel, * exclude (day, segment, channel, platform)
from cuts
where channel is not null
union all
select day, 'session__platform', platform, * exclude (day, segment, channel, platform)
from cuts
where platform is not null;

create or replace temp table visitor_days as
select distinct day, person, segment from visits where person is not null;

-- a visitor of today counts until the window ends or the next visit takes over
create or replace temp table visitor_changes as
with next_visits as (
    select
        day,
        segment,
        lead(day) over (partition by person order by day) as next_day
    from visitor_days
),

steps as (
    select 'active_users_7d' as metric_name, day, segment, count(*) as change
    from next_visits
    group by all
    union all
    select 'active_users_28d', day, segment, count(*)
    from next_visits
    group by all
    union all
    select 'active_users_7d', least(day + 7, next_day), segment, -count(*)
    from next_visits
    group by all
    union all
    select 'active_users_28d', least(day + 28, next_day), segment, -count(*)
    from next_visits
    group by all
)

select metric_name, day, dimension_name, dimension_value, sum(change) as change
from steps
inner join segment_values using (segment)
group by all;

-- a window with visits of nobody known shows 0
create or replace temp table active_trailing as
with windows (metric_name, window_days) as (
    values ('active_users_7d', 7), ('active_users_28d', 28)
),

series as (
    select metric_name, window_days, dimension_name, dimension_value
    from windows
    cross join (select distinct dimension_name, dimension_value from session_days)
),

daily as (
    select
        metric_name,
        window_days,
        date_day as day,
        dimension_name,
        dimension_value,
        sum(change) over (
            partition by metric_name, dimension_name, dimension_value order by date_day
        ) as value,
        max(case when sessions > 0 then date_day end) over (
            partition by metric_name, dimension_name, dimension_value order by date_day
        ) as last_day
    from series
    cross join metrics.time_spine
    left join (select day as date_day, * exclude (day) from visitor_changes)
        using (metric_name, dimension_name, dimension_value, date_day)
    left join (
        select day as date_day, dimension_name, dimension_value, sessions from session_days
    ) using (dimension_name, dimension_value, date_day)
)

select
    metric_name,
    day,
    dimension_name,
    dimension_value,
    coalesce(value, 0) as value,
    day - last_day < window_days as is_shown
from daily;

-- orders ----------------------------------------------------------------------------------------------

create or replace temp table purchases as
select
    ordered_date as day,
    person,
    coalesce(segment, no_segment) as segment,
    coalesce(channel, '(none)') as channel,
    coalesce(platform, '(none)') as platform,
    is_purchase,
    is_cancelled,
    is_refunded,
    is_first_purchase,
    gross_amount,
    discount_amount,
    is_purchase and ordered_date between signed_up_date and signed_up_date + 6 as is_within_week,
    signed_up_date
from core.fct_orders
cross join nobody
left join people using (user_id)
where ordered_date < getvariable('as_of_date');

create or replace temp table order_cuts as
select
    day,
    segment,
    channel,
    platform,
    count(*) filter (is_purchase) as orders,
    count(*) filter (is_purchase and is_refunded) as refunded_orders,
    count(*) filter (is_first_purchase) as new_buyers,
    sum(gross_amount) filter (not is_cancelled) as gross_revenue,
    sum(gross_amount) filter (is_purchase) as purchase_revenue,
    sum(discount_amount) filter (not is_cancelled) as discounts,
    max(gross_amount) filter (is_purchase) as largest_order
from purchases
group by grouping sets ((day, segment), (day, channel), (day, platform));

create or replace temp table order_days as
select
    day,
    dimension_name,
    dimension_value,
    sum(columns(
        * exclude (day, segment, dimension_name, dimension_value, channel, platform, largest_order)
    ))
from order_cuts
inner join segment_values using (segment)
group by all
union all
select
    day, 'order__channel', channel,
    * exclude (day, segment, channel, platform, largest_order)
from order_cuts
where channel is not null
union all
select
    day, 'order__platform', platform,
    * exclude (day, segment, channel, platform, largest_order)
from order_cuts
where platform is not null;

create or replace temp table largest_orders as
with largest as (
    select day, dimension_name, dimension_value, max(largest_order) as largest_order
    from order_cuts
    inner join segment_values using (segment)
    group by all
    union all
    select day, 'order__channel', channel, largest_order from order_cuts where channel is not null
)

select 'day' as grain, * from largest
union all
select
    'week', cast(date_trunc('week', day) as date), dimension_name, dimension_value,
    max(largest_order)
from largest
group by all
union all
select
    'month', cast(date_trunc('month', day) as date), dimension_name, dimension_value,
    max(largest_order)
from largest
group by all;

create or replace temp table buyer_days as
select distinct day, person, segment, channel, platform
from purchases
where is_purchase and person is not null;

create or replace temp table buyer_segments as
select distinct day, person, segment from buyer_days;

create or replace temp table buyer_channels as
select distinct day, person, channel as value from buyer_days;

create or replace temp table buyer_platforms as
select distinct day, person, platform as value from buyer_days;

create or replace temp table buyers as
select grain, day, dimension_name, dimension_value, people as buyers
from people_by_period('buyer_segments')
union all
select * from people_by_value('buyer_channels', 'order__channel')
union all
select * from people_by_value('buyer_platforms', 'order__platform');

create or replace temp table revenue_trailing as
with series as (
    select distinct dimension_name, dimension_value
    from order_days
    where gross_revenue is not null
)

select
    'gross_revenue_28d' as metric_name,
    date_day as day,
    dimension_name,
    dimension_value,
    sum(coalesce(gross_revenue, 0)) over last_days as value,
    count(gross_revenue) over last_days > 0 as is_shown
from series
cross join metrics.time_spine
left join (select day as date_day, * exclude (day) from order_days)
    using (dimension_name, dimension_value, date_day)
window last_days as (
    partition by dimension_name, dimension_value
    order by date_day
    rows between 27 preceding and current row
);

create or replace temp table refund_days as
with cuts as (
    select
        refunded_date as day,
        coalesce(segment, no_segment) as segment,
        coalesce(channel, '(none)') as channel,
        coalesce(platform, '(none)') as platform,
        sum(refunded_amount) as refunds
    from core.fct_orders
    cross join nobody
    left join people using (user_id)
    where is_refunded and refunded_date < getvariable('as_of_date')
    group by all
)

select day, dimension_name, dimension_value, sum(refunds) as refunds
from cuts
inner join segment_values using (segment)
group by all
union all
select day, 'order__channel', channel, sum(refunds) from cuts group by all
union all
select day, 'order__platform', platform, sum(refunds) from cuts group by all;

-- order lines -----------------------------------------------------------------------------------------

create or replace temp table line_cuts as
select
    ordered_date as day,
    coalesce(category, '(none)') as category,
    coalesce(level, '(none)') as level,
    coalesce(segment, no_segment) as segment,
    sum(quantity) filter (not is_cancelled) as courses_sold,
    min(unit_price) filter (not is_return) as lowest_price_sold
from core.fct_order_lines
cross join nobody
left join people using (user_id)
left join core.dim_courses using (course_key)
where ordered_date < getvariable('as_of_date')
group by grouping sets ((1, 2, 3), (1, 4));

create or replace temp table line_days as
select
    day, dimension_name, dimension_value,
    sum(courses_sold) as courses_sold,
    min(lowest_price_sold) as lowest_price_sold
from line_cuts
inner join segment_values using (segment)
group by all
union all
select day, 'course__category', category, sum(courses_sold), min(lowest_price_sold)
from line_cuts
where category is not null
group by all
union all
select day, 'course__level', level, sum(courses_sold), min(lowest_price_sold)
from line_cuts
where level is not null
group by all;

create or replace temp table line_periods as
select 'day' as grain, * from line_days
union all
select
    'week', cast(date_trunc('week', day) as date), dimension_name, dimension_value,
    sum(courses_sold), min(lowest_price_sold)
from line_days
group by all
union all
select
    'month', cast(date_trunc('month', day) as date), dimension_name, dimension_value,
    sum(courses_sold), min(lowest_price_sold)
from line_days
group by all;

-- events ----------------------------------------------------------------------------------------------

-- one pass: what happened by day and everything that events are cut by
create or replace temp table event_cuts as
with user_parts as (
    select user_id, country, segments.platform as user_platform
    from people
    inner join segments using (segment)
)

select
    occurred_date as day,
    event_type,
    coalesce(surface, '(none)') as surface,
    coalesce(platform, '(none)') as platform,
    coalesce(country, '(unknown)') as country,
    coalesce(user_platform, '(unknown)') as user_platform,
    coalesce(category, '(none)') as category,
    coalesce(level, '(none)') as level,
    count(*) as events
from core.fct_events
left join user_parts using (user_id)
left join core.dim_courses using (course_key)
where occurred_date < getvariable('as_of_date')
group by all;

create or replace temp table event_days as
with counted as (
    select
        day, surface, platform, country, user_platform, category, level,
        sum(events) as events,
        sum(events) filter (event_type = 'impression') as impressions,
        sum(events) filter (event_type = 'click') as clicks,
        sum(events) filter (event_type = 'lesson_completed') as lessons_completed,
        sum(events) filter (event_type = 'impression' and surface = 'search') as search_shown,
        sum(events) filter (event_type = 'click' and surface = 'search') as search_clicks,
        sum(events) filter (event_type = 'impression' and surface = 'recommendation') as recommended,
        sum(events) filter (event_type = 'click' and surface = 'recommendation')
            as recommended_clicks
    from event_cuts
    group by grouping sets (
        (day), (day, surface), (day, platform), (day, country), (day, user_platform),
        (day, category), (day, level)
    )
)

select
    day,
    case
        when surface is not null then 'event__surface'
        when platform is not null then 'event__platform'
        when country is not null then 'user__country'
        when user_platform is not null then 'user__platform'
        when category is not null then 'course__category'
        when level is not null then 'course__level'
        else 'total'
    end as dimension_name,
    coalesce(surface, platform, country, user_platform, category, level, 'total')
        as dimension_value,
    * exclude (day, surface, platform, country, user_platform, category, level)
from counted;

create or replace temp table lessons as
select distinct
    occurred_date as day,
    person,
    segment,
    is_known,
    coalesce(category, '(none)') as value
from core.fct_events
inner join people using (user_id)
left join core.dim_courses using (course_key)
where
    event_type = 'lesson_completed'
    and occurred_date < getvariable('as_of_date');

create or replace temp table learner_days as
select distinct day, person, segment, is_known from lessons;

create or replace temp table learners as
select grain, day, dimension_name, dimension_value, people as learning_users
from people_by_period('learner_days')
union all
select * from people_by_value('lessons', 'course__category');

-- conversions -----------------------------------------------------------------------------------------

create or replace temp table enrolments as
select distinct occurred_date as day, person, segment
from core.fct_events
inner join people using (user_id)
where
    event_type = 'enrol'
    and is_known
    and occurred_date < getvariable('as_of_date');

-- a lesson belongs to the latest enrolment before it
create or replace temp table completions as
select distinct enrolments.day, enrolments.person, enrolments.segment
from learner_days
asof join enrolments
    on learner_days.person = enrolments.person and learner_days.day >= enrolments.day
where is_known and learner_days.day < enrolments.day + 14;

create or replace temp table sign_up_outcomes as
with outcomes as (
    select signed_up_date as day, segment, count(*) as sign_ups, 0 as buyers, 0 as returned
    from people
    where signed_up_date < getvariable('as_of_date')
    group by all
    union all
    select signed_up_date, segment, 0, count(distinct person), 0
    from purchases
    where is_within_week
    group by all
    union all
    select signed_up_date, segment, 0, 0, count(distinct person)
    from visits
    where is_retained
    group by all
)

select
    day,
    dimension_name,
    dimension_value,
    sum(sign_ups) as sign_ups,
    sum(buyers) as sign_up_buyers,
    sum(returned) as sign_up_returned
from outcomes
inner join segment_values using (segment)
group by all;

-- survey ----------------------------------------------------------------------------------------------

create or replace temp table survey_cuts as
select
    responded_date as day,
    coalesce(segment, no_segment) as segment,
    nps_group,
    count(*) as answers,
    count(*) filter (nps_group = 'promoter') as promoters,
    count(*) filter (nps_group = 'detractor') as detractors
from core.fct_survey_responses
cross join nobody
left join people using (user_id)
where responded_date < getvariable('as_of_date')
group by all;

create or replace temp table survey_days as
select
    day,
    dimension_name,
    dimension_value,
    sum(answers) as answers,
    sum(promoters) as promoters,
    sum(detractors) as detractors
from survey_cuts
inner join segment_values using (segment)
group by all
union all
select
    day, 'survey_response__nps_group', nps_group, sum(answers), sum(promoters), sum(detractors)
from survey_cuts
group by all;

-- metrics ---------------------------------------------------------------------------------------------

create or replace temp table measures as
with pieces as (
    select * from sums_by_period('session_days')
    union all by name
    select * from sums_by_period('order_days')
    union all by name
    select * from sums_by_period('refund_days')
    union all by name
    select * from sums_by_period('event_days')
    union all by name
    select * from sums_by_period('sign_up_outcomes')
    union all by name
    select * from sums_by_period('survey_days')
    union all by name
    select * from line_periods
    union all by name
    select * from largest_orders
    union all by name
    select * from buyers
    union all by name
    select * from learners
    union all by name
    select grain, day, dimension_name, dimension_value, people as active_users
    from people_by_period('visitor_days')
    union all by name
    select grain, day, dimension_name, dimension_value, people as enrolled
    from people_by_period('enrolments')
    union all by name
    select grain, day, dimension_name, dimension_value, people as completed
    from people_by_period('completions')
)

select
    grain,
    day,
    dimension_name,
    dimension_value,
    max(columns(* exclude (grain, day, dimension_name, dimension_value)))
from pieces
group by all;

-- what each metric is published by
create or replace temp table published as
with lists (dimension_names, metric_names) as (
    values
    (['user__country'], [
        'active_users', 'active_users_28d', 'active_users_7d', 'average_order_value', 'buyers',
        'clicks', 'courses_sold', 'discount_share', 'discounts', 'gross_revenue',
        'gross_revenue_28d', 'impressions', 'largest_order', 'learning_users',
        'lesson_completion_14d', 'lessons_completed', 'lessons_per_learning_user',
        'net_promoter_score', 'net_revenue', 'new_buyers', 'orders', 'purchase_sessions',
        'recommendation_click_through_rate', 'refund_rate', 'refunds', 'retention_7d',
        'returning_buyers', 'revenue_per_active_user', 'search_click_through_rate',
        'session_conversion_rate', 'session_minutes', 'sessions', 'sign_up_to_purchase_7d',
        'sign_ups', 'survey_answers'
    ]),
    (['user__platform'], [
        'active_users', 'active_users_28d', 'learning_users', 'lesson_completion_14d',
        'net_promoter_score', 'retention_7d', 'revenue_per_active_user',
        'sign_up_to_purchase_7d', 'sign_ups', 'survey_answers'
    ]),
    (['user__acquisition_channel'], [
        'active_users', 'active_users_28d', 'active_users_7d', 'average_order_value', 'buyers',
        'discount_share', 'discounts', 'gross_revenue', 'net_revenue', 'new_buyers', 'orders',
        'refund_rate', 'refunds', 'retention_7d', 'returning_buyers', 'revenue_per_active_user',
        'sign_up_to_purchase_7d', 'sign_ups'
    ]),
    (['order__channel'], [
        'average_order_value', 'buyers', 'discount_share', 'discounts', 'gross_revenue',
        'gross_revenue_28d', 'largest_order', 'net_revenue', 'orders', 'refund_rate', 'refunds'
    ]),
    (['order__platform'], [
        'average_order_value', 'buyers', 'discounts', 'gross_revenue', 'net_revenue', 'orders',
        'refund_rate', 'refunds'
    ]),
    (['session__channel', 'session__platform'], [
        'purchase_sessions', 'session_conversion_rate', 'session_minutes', 'sessions'
    ]),
    (['event__surface'], ['clicks', 'impressions']),
    (['event__platform'], [
        'clicks', 'impressions', 'lessons_completed', 'recommendation_click_through_rate',
        'search_click_through_rate'
    ]),
    (['course__category'], [
        'clicks', 'courses_sold', 'impressions', 'learning_users', 'lessons_completed',
        'lessons_per_learning_user', 'lowest_price_sold', 'recommendation_click_through_rate',
        'search_click_through_rate'
    ]),
    (['course__level'], ['courses_sold', 'lessons_completed', 'lowest_price_sold']),
    (['survey_response__nps_group'], ['survey_answers'])
),

dimensions as (
    select unnest(dimension_names) as dimension_name, metric_names from lists
)

select dimension_name, unnest(metric_names) as metric_name from dimensions;

create or replace temp table metric_rows as
with metrics as (
    select
        grain,
        day,
        dimension_name,
        dimension_value,
        case when sessions > 0 then coalesce(active_users, 0) end as active_users,
        coalesce(purchase_revenue, 0) / nullif(orders, 0) as average_order_value,
        case when orders > 0 then coalesce(buyers, 0) end as buyers,
        clicks,
        courses_sold,
        discounts / nullif(gross_revenue, 0) as discount_share,
        discounts,
        gross_revenue,
        impressions,
        largest_order,
        case when events > 0 then coalesce(learning_users, 0) end as learning_users,
        coalesce(completed, 0) / nullif(enrolled, 0) as lesson_completion_14d,
        lessons_completed,
        coalesce(lessons_completed, 0) / nullif(learning_users, 0) as lessons_per_learning_user,
        lowest_price_sold,
        100.0 * (promoters - detractors) / nullif(answers, 0) as net_promoter_score,
        case
            when gross_revenue is not null or refunds is not null
                then coalesce(gross_revenue, 0) - coalesce(discounts, 0) - coalesce(refunds, 0)
        end as net_revenue,
        nullif(new_buyers, 0) as new_buyers,
        nullif(orders, 0) as orders,
        purchase_sessions,
        coalesce(recommended_clicks, 0) / nullif(recommended, 0)
            as recommendation_click_through_rate,
        refunded_orders / nullif(orders, 0) as refund_rate,
        refunds,
        sign_up_returned / nullif(sign_ups, 0) as retention_7d,
        case when orders > 0 then coalesce(buyers, 0) - new_buyers end as returning_buyers,
        coalesce(gross_revenue, 0) / nullif(active_users, 0) as revenue_per_active_user,
        coalesce(search_clicks, 0) / nullif(search_shown, 0) as search_click_through_rate,
        purchase_sessions / nullif(sessions, 0) as session_conversion_rate,
        seconds / 60.0 / nullif(timed_sessions, 0) as session_minutes,
        sessions,
        sign_up_buyers / nullif(sign_ups, 0) as sign_up_to_purchase_7d,
        nullif(sign_ups, 0) as sign_ups,
        answers as survey_answers
    from measures
)

unpivot (
    select
        grain, day, dimension_name, dimension_value,
        cast(columns(* exclude (grain, day, dimension_name, dimension_value)) as double)
    from metrics
)
on columns(* exclude (grain, day, dimension_name, dimension_value))
into name metric_name value metric_value;

create or replace table by_hand.metric_values as
with every_row as (
    select metric_name, grain, day, dimension_name, dimension_value, metric_value
    from metric_rows
    union all
    select metric_name, grain, day, dimension_name, dimension_value, value
    from last_of_period('active_trailing')
    union all
    select metric_name, grain, day, dimension_name, dimension_value, value
    from last_of_period('revenue_trailing')
)

select metric_name, grain, day as period_start, dimension_name, dimension_value, metric_value
from every_row
where dimension_name = 'total'
union all
select metric_name, grain, day as period_start, dimension_name, dimension_value, metric_value
from every_row
inner join published using (metric_name, dimension_name);
