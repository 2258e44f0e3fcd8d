{%- set batches = changed_batches('data_team', 'dashboard_views') -%}
with raw_dashboard_views as (

    {{ raw('data_team', 'dashboard_views', batches) }}

),

typed_dashboard_views as (

    select
        *,
        {{ read_as('viewed_at', 'timestamp') }} as typed_viewed_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_dashboard_views

),

checked_dashboard_views as (

    select
        -- ids
        view_id,

        -- text
        dashboard_name,
        department,

        -- times
        typed_viewed_at as viewed_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        view_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('view_id') }},
            {{ missing('dashboard_name') }},
            {{ missing('viewed_at') }},
            {{ unreadable('viewed_at') }},
            {{ in_future('viewed_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_dashboard_views

)

{{ latest_per_key('checked_dashboard_views', batches) }}
