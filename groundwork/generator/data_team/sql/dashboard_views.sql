-- Openings of dashboards, from planted.yml, truths, audience: so many a week, on working hours.

create table dashboard_openings as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{"dashboards": [{
        "dashboard_name": "varchar", "first_day": "date", "last_day": "date",
        "views_a_week": "integer", "weekdays": ["integer"], "viewers": ["varchar"]
    }]}]')) as truth
),

listed as (
    select
        unnest(truth.dashboards) as dashboard,
        generate_subscripts(truth.dashboards, 1) as dashboard_number
    from parsed
),

weeks as (
    select
        dashboard,
        dashboard_number,
        cast(unnest(generate_series(
            cast(dashboard.first_day as timestamp),
            cast(dashboard.last_day as timestamp),
            interval 7 day
        )) as date) as monday
    from listed
),

slots as (
    select
        *,
        unnest(range(dashboard.views_a_week)) as slot,
        (dashboard_number * 1000 + date_diff('week', dashboard.first_day, monday)) * 100 + slot
            as opening
    from weeks
)

-- Some weeks are busier than others.
select
    dashboard.dashboard_name as dashboard_name,
    case
        when uniform('viewer known', opening) < 0.96
            then draw(dashboard.viewers, 'viewer', opening)
    end as department,
    monday + draw(dashboard.weekdays, 'viewed on', opening) + to_seconds(
        7 * 3600 + cast(floor(11 * 3600 * uniform('viewed at', opening)) as bigint)
    ) as viewed_at
from slots
where uniform('opened', opening) < 0.6 + 0.4 * uniform('busy week', opening // 100);

create view dashboard_views as
select
    'v' || row_number() over (order by viewed_at, dashboard_name) as view_id,
    dashboard_name,
    department,
    viewed_at,
    next_batch(viewed_at) as loaded_at
from dashboard_openings;
