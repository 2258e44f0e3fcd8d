with base_dashboard_views as (

    select * from {{ ref('base_data_team__dashboard_views') }}

),

accepted_dashboard_views as (

    select
        -- ids
        view_id,

        -- text
        dashboard_name,
        department,

        -- times
        viewed_at,
        loaded_at
    from base_dashboard_views
    where rejection_reasons is null

)

select * from accepted_dashboard_views
