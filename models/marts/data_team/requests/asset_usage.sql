with assets as (

    select * from {{ ref('int_assets_listed') }}

),

uses as (

    select * from {{ ref('int_asset_uses') }}

),

costs as (

    select * from {{ ref('int_asset_costs') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

dated as (

    select
        uses.asset_type,
        uses.asset_name,
        uses.department,
        uses.use_type,
        uses.used_at,
        uses.used_date >= {{ add_days('as_of.as_of_date', -90) }} as is_recent
    from uses
    cross join as_of
    where uses.used_date < as_of.as_of_date

),

labelled as (

    select
        asset_type,
        asset_name,
        department,
        use_type,
        used_at,
        is_recent
    from dated
    union all
    select
        asset_type,
        asset_name,
        'total' as department,
        use_type,
        used_at,
        is_recent
    from dated

),

counted as (

    select
        asset_type,
        asset_name,
        department,
        count(case when use_type = 'view' then 1 end) as view_count,
        count(case when use_type = 'view' and is_recent then 1 end) as view_count_last_90_days,
        count(case when use_type = 'decision' then 1 end) as decision_count,
        count(case when use_type = 'decision' and is_recent then 1 end)
            as decision_count_last_90_days,
        count(case when use_type = 'request' then 1 end) as request_count,
        count(case when use_type = 'request' and is_recent then 1 end)
            as request_count_last_90_days,
        max(case when use_type = 'view' then used_at end) as last_viewed_at
    from labelled
    group by asset_type, asset_name, department

),

-- every asset has a total; a department has a row where it used the asset
keys as (

    select
        asset_type,
        asset_name,
        'total' as department
    from assets
    union all
    select
        asset_type,
        asset_name,
        department
    from counted
    where department != 'total'

),

measured as (

    select
        keys.asset_type,
        keys.asset_name,
        keys.department,
        coalesce(counted.view_count, 0) as view_count,
        coalesce(counted.view_count_last_90_days, 0) as view_count_last_90_days,
        coalesce(counted.decision_count, 0) as decision_count,
        coalesce(counted.decision_count_last_90_days, 0) as decision_count_last_90_days,
        coalesce(counted.request_count, 0) as request_count,
        coalesce(counted.request_count_last_90_days, 0) as request_count_last_90_days,
        coalesce(
            counted.view_count_last_90_days + counted.decision_count_last_90_days, 0
        ) = 0 as is_unused,
        counted.last_viewed_at
    from keys
    left join counted
        on
            keys.asset_type = counted.asset_type
            and keys.asset_name = counted.asset_name
            and keys.department = counted.department

),

suggestions as (

    select
        measured.asset_type,
        measured.asset_name,
        -- asked for three times in a quarter: it holds answers, and those who ask do not know
        case
            when measured.request_count_last_90_days >= 3 then 'promote'
            -- who looks at a metric that no dashboard names is not known
            when
                measured.is_unused
                and (measured.asset_type = 'dashboard' or assets.dashboards is not null)
                then 'retire'
            else 'keep'
        end as suggestion
    from measured
    inner join assets
        on
            measured.asset_type = assets.asset_type
            and measured.asset_name = assets.asset_name
    where measured.department = 'total'

),

final as (

    select
        -- text
        assets.asset_type,
        assets.asset_name,
        measured.department,
        assets.owner,
        assets.dashboards,
        suggestions.suggestion,
        nullif(concat_ws(
            ', ',
            case when assets.owner is null then 'not_declared' end,
            case when assets.asset_type = 'dashboard' then 'decisions_name_metrics_alone' end,
            case
                when assets.asset_type = 'metric' and assets.dashboards is null
                    then 'no_dashboard_names_it'
            end,
            case
                when measured.department = 'total' and costs.monthly_cost is null
                    then 'cost_not_known'
            end
        ), '') as reason,

        -- numbers
        case
            when assets.asset_type = 'dashboard' or assets.dashboards is not null
                then measured.view_count
        end as view_count,
        case
            when assets.asset_type = 'dashboard' or assets.dashboards is not null
                then measured.view_count_last_90_days
        end as view_count_last_90_days,
        case
            when assets.asset_type = 'metric' then measured.decision_count
        end as decision_count,
        case
            when assets.asset_type = 'metric' then measured.decision_count_last_90_days
        end as decision_count_last_90_days,
        measured.request_count,
        measured.request_count_last_90_days,
        case when measured.department = 'total' then costs.monthly_cost end as monthly_cost,

        -- booleans
        measured.is_unused,

        -- times
        measured.last_viewed_at
    from measured
    inner join assets
        on
            measured.asset_type = assets.asset_type
            and measured.asset_name = assets.asset_name
    inner join suggestions
        on
            measured.asset_type = suggestions.asset_type
            and measured.asset_name = suggestions.asset_name
    left join costs
        on
            measured.asset_type = costs.asset_type
            and measured.asset_name = costs.asset_name

)

select * from final
