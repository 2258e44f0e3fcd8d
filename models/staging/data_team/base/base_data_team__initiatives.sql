{%- set batches = changed_batches('data_team', 'initiatives') -%}
with raw_initiatives as (

    {{ raw('data_team', 'initiatives', batches) }}

),

typed_initiatives as (

    select
        *,
        {{ read_as('horizon_days', 'integer') }} as typed_horizon_days,
        {{ read_as('monthly_saving', 'decimal') }} as typed_monthly_saving,
        {{ read_as('influenced_amount', 'decimal') }} as typed_influenced_amount,
        {{ read_as('build_cost', 'decimal') }} as typed_build_cost,
        {{ read_as('live_on', 'date') }} as typed_live_on,
        {{ read_as('ended_on', 'date') }} as typed_ended_on,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_initiatives

),

checked_initiatives as (

    select
        -- ids
        initiative_id,
        experiment_id,
        treatment_variant_id,

        -- text
        title,
        owner,
        lower(kind) as kind,
        metric_name,

        -- numbers
        typed_horizon_days as horizon_days,
        typed_monthly_saving as monthly_saving,
        typed_influenced_amount as influenced_amount,
        typed_build_cost as build_cost,

        -- times
        typed_live_on as live_on,
        typed_ended_on as ended_on,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        initiative_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('initiative_id') }},
            {{ missing('kind') }},
            case
                when lower(kind) not in ('model', 'experiment', 'dashboard', 'pipeline', 'process')
                    then 'kind_unknown'
            end,
            {{ unreadable('live_on') }},
            {{ unreadable('ended_on') }},
            case when typed_ended_on < typed_live_on then 'ended_on_before_live_on' end,
            {{ unreadable('horizon_days') }},
            case
                when typed_horizon_days not between 1 and 36500 then 'horizon_days_out_of_range'
            end,
            {{ unreadable('monthly_saving') }},
            case when typed_monthly_saving < 0 then 'monthly_saving_negative' end,
            {{ unreadable('influenced_amount') }},
            {{ unreadable('build_cost') }},
            case when typed_build_cost < 0 then 'build_cost_negative' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_initiatives

)

{{ latest_per_key('checked_initiatives', batches) }}
