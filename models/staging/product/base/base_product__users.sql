{%- set batches = changed_batches('product', 'users') -%}
with raw_users as (

    {{ raw('product', 'users', batches) }}

),

typed_users as (

    select
        *,
        {{ read_as('signed_up_at', 'timestamp') }} as typed_signed_up_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_users

),

checked_users as (

    select
        -- ids
        user_id,

        -- text
        upper(country) as country,
        lower(platform) as platform,
        lower(acquisition_channel) as acquisition_channel,

        -- booleans
        email is not null as has_email,

        -- times
        typed_signed_up_at as signed_up_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        user_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('user_id') }},
            {{ missing('signed_up_at') }},
            {{ unreadable('signed_up_at') }},
            {{ in_future('signed_up_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_users

)

{{ latest_per_key('checked_users', batches) }}
