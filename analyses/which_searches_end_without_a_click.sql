-- Which searches end without a click?
-- The question that costs the team second most hours, see self_service_candidates. A search ends
-- with the next one or with the visit; it ends without a click where nobody clicked by then on
-- what it found. Answer on the demo:
--   dbt show --select which_searches_end_without_a_click --limit 20
with events as (

    select
        event_id,
        session_id,
        event_type,
        channel,
        platform,
        occurred_at
    from {{ ref('fct_events') }}
    where
        surface = 'search'
        and event_type in ('search', 'click')
        and session_id is not null

),

-- of events at one moment the search comes first
numbered as (

    select
        *,
        sum(case when event_type = 'search' then 1 else 0 end) over (
            partition by session_id
            order by occurred_at, case when event_type = 'search' then 0 else 1 end, event_id
            rows between unbounded preceding and current row
        ) as search_number
    from events

),

searches as (

    select
        session_id,
        search_number,
        coalesce(max(channel), '(unknown)') as channel,
        coalesce(max(platform), '(unknown)') as platform,
        count(case when event_type = 'click' then 1 end) as click_count
    from numbered
    where search_number > 0
    group by session_id, search_number

)

select
    platform,
    channel,
    count(*) as searches,
    count(case when click_count = 0 then 1 end) as without_click,
    round(cast(count(case when click_count = 0 then 1 end) as double) / count(*), 3)
        as without_click_share
from searches
group by platform, channel
order by without_click desc, platform asc, channel asc
