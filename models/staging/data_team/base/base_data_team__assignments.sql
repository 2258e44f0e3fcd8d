{%- set batches = changed_batches('data_team', 'assignments') -%}
with raw_assignments as (

    {{ raw('data_team', 'assignments', batches) }}

),

typed_assignments as (

    select
        *,
        {{ read_as('share', 'decimal') }} as typed_share,
        {{ read_as('monthly_cost', 'decimal') }} as typed_monthly_cost,
        {{ read_as('starts_on', 'date') }} as typed_starts_on,
        {{ read_as('ends_on', 'date') }} as typed_ends_on,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_assignments

),

checked_assignments as (

    select
        -- ids
        assignment_id,
        member_id,

        -- text
        department,
        lower(operating_model) as operating_model,

        -- numbers
        typed_share as share,
        typed_monthly_cost as monthly_cost,

        -- times
        typed_starts_on as starts_on,
        typed_ends_on as ends_on,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        assignment_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('assignment_id') }},
            {{ missing('member_id') }},
            {{ missing('operating_model') }},
            case
                when lower(operating_model) not in ('centralised', 'distributed', 'hybrid')
                    then 'operating_model_unknown'
            end,
            {{ unreadable('share') }},
            case when not (typed_share > 0 and typed_share <= 1) then 'share_out_of_range' end,
            {{ unreadable('monthly_cost') }},
            case when typed_monthly_cost < 0 then 'monthly_cost_negative' end,
            {{ missing('starts_on') }},
            {{ unreadable('starts_on') }},
            {{ unreadable('ends_on') }},
            case when typed_ends_on < typed_starts_on then 'ends_on_before_starts_on' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_assignments

)

{{ latest_per_key('checked_assignments', batches) }}
