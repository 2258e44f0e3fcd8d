with assets as (

    select * from {{ ref('int_assets_listed') }}

),

dashboards_defined as (

    select * from {{ ref('int_dashboards_defined') }}

),

dashboard_views as (

    select * from {{ ref('stg_data_team__dashboard_views') }}

),

decisions as (

    select * from {{ ref('stg_data_team__decisions') }}

),

requests as (

    select * from {{ ref('team_requests') }}

),

uses as (

    select
        'dashboard' as asset_type,
        dashboard_name as asset_name,
        'view' as use_type,
        view_id as use_id,
        department,
        viewed_at as used_at
    from dashboard_views
    union all
    -- who opens a dashboard sees the metrics that it names
    select
        'metric' as asset_type,
        dashboards_defined.metric_name as asset_name,
        'view' as use_type,
        dashboard_views.view_id as use_id,
        dashboard_views.department,
        dashboard_views.viewed_at as used_at
    from dashboard_views
    inner join dashboards_defined
        on dashboard_views.dashboard_name = dashboards_defined.dashboard_name
    where dashboards_defined.metric_name is not null
    union all
    select
        'metric' as asset_type,
        metric_name as asset_name,
        'decision' as use_type,
        decision_id as use_id,
        department,
        decided_at as used_at
    from decisions
    union all
    select
        assets.asset_type,
        assets.asset_name,
        'request' as use_type,
        requests.request_id as use_id,
        requests.department,
        requests.requested_at as used_at
    from requests
    inner join assets on requests.asset_name = assets.asset_name

),

final as (

    select
        -- ids
        uses.use_id,

        -- text
        uses.asset_type,
        uses.asset_name,
        uses.use_type,
        coalesce(uses.department, '(none)') as department,

        -- times
        uses.used_at,
        {{ local_date('uses.used_at') }} as used_date
    from uses
    -- a decision may name a metric that is not there
    inner join assets
        on uses.asset_type = assets.asset_type and uses.asset_name = assets.asset_name

)

select * from final
