{%- set batches = changed_batches('data_team', 'infrastructure_costs') -%}
with raw_infrastructure_costs as (

    {{ raw('data_team', 'infrastructure_costs', batches) }}

),

typed_infrastructure_costs as (

    select
        *,
        {{ read_as('amount', 'decimal') }} as typed_amount,
        {{ read_as('cost_month', 'date') }} as typed_cost_month,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_infrastructure_costs

),

checked_infrastructure_costs as (

    select
        -- ids
        cost_id,
        pipeline_id,

        -- text
        lower(service) as service,
        lower(location) as location,
        lower(workload) as workload,
        lower(driver) as driver,

        -- numbers
        typed_amount as amount,

        -- times
        typed_cost_month as cost_month,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        cost_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('cost_id') }},
            {{ missing('cost_month') }},
            {{ unreadable('cost_month') }},
            {{ missing('service') }},
            {{ missing('location') }},
            case when lower(location) not in ('cloud', 'on_premise') then 'location_unknown' end,
            {{ missing('workload') }},
            case when lower(workload) not in ('batch', 'real_time') then 'workload_unknown' end,
            case
                when
                    lower(driver) not in (
                        'pipeline_seconds', 'dashboard_views', 'requests', 'direct'
                    )
                    then 'driver_unknown'
            end,
            case
                when lower(driver) = 'direct' and pipeline_id is null then 'pipeline_id_missing'
            end,
            {{ missing('amount') }},
            {{ unreadable('amount') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_infrastructure_costs

)

{{ latest_per_key('checked_infrastructure_costs', batches) }}
