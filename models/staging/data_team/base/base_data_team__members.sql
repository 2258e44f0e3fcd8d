{%- set batches = changed_batches('data_team', 'members') -%}
with raw_members as (

    {{ raw('data_team', 'members', batches) }}

),

typed_members as (

    select
        *,
        {{ read_as('joined_on', 'date') }} as typed_joined_on,
        {{ read_as('left_on', 'date') }} as typed_left_on,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_members

),

checked_members as (

    select
        -- ids
        member_id,

        -- text
        lower(role) as role,

        -- times
        typed_joined_on as joined_on,
        typed_left_on as left_on,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        member_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('member_id') }},
            {{ missing('role') }},
            case
                when
                    lower(role) not in (
                        'engineer', 'analyst', 'scientist', 'ml_engineer', 'manager'
                    )
                    then 'role_unknown'
            end,
            {{ missing('joined_on') }},
            {{ unreadable('joined_on') }},
            {{ unreadable('left_on') }},
            case when typed_left_on < typed_joined_on then 'left_on_before_joined_on' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_members

)

{{ latest_per_key('checked_members', batches) }}
