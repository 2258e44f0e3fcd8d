with dashboards_defined as (

    select * from {{ ref('int_dashboards_defined') }}

),

dashboard_views as (

    select * from {{ ref('stg_data_team__dashboard_views') }}

),

metrics as (

    select * from {{ ref('metric_catalog') }}

),

dashboards as (

    select
        dashboard_name as asset_name,
        max(owner) as owner
    from dashboards_defined
    group by dashboard_name

),

-- opened, and not declared in the project
other_dashboards as (

    select distinct dashboard_name as asset_name
    from dashboard_views
    where dashboard_name not in (select dashboards.asset_name from dashboards)

),

shown_metrics as (

    select
        metric_name,
        {{ joined_values('dashboard_name', "', '") }} as dashboards
    from dashboards_defined
    where metric_name is not null
    group by metric_name

),

final as (

    select
        'dashboard' as asset_type,
        asset_name,
        owner,
        cast(null as string) as dashboards
    from dashboards
    union all
    select
        'dashboard' as asset_type,
        asset_name,
        cast(null as string) as owner,
        cast(null as string) as dashboards
    from other_dashboards
    union all
    select
        'metric' as asset_type,
        metrics.metric_name as asset_name,
        metrics.owner,
        shown_metrics.dashboards
    from metrics
    left join shown_metrics on metrics.metric_name = shown_metrics.metric_name

)

select * from final
