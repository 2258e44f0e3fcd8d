with raw_users as (

    {{ raw('product', 'users') }}

),

typed_users as (

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
        {{ read_as('signed_up_at', 'timestamp') }} as signed_up_at,
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        user_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('user_id') }},
            {{ missing('signed_up_at') }},
            {{ unreadable('signed_up_at', 'timestamp') }},
            {{ in_future('signed_up_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_users

)

{{ latest_per_key('typed_users') }}
