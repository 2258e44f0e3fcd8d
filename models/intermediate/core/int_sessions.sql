{%- set inputs = [
    ref('base_product__sessions'),
    ref('base_product__users'),
    ref('base_product__orders'),
] -%}
{%- set seen = seen_load(inputs) -%}
with users as (

    select
        dim_users.*,
        {{ row_print('dim_users') }} as user_print
    from {{ ref('dim_users') }} as dim_users

),

channels as (

    select * from {{ ref('dim_channels') }}

),

purchases_per_session as (

    select
        session_id,
        count(*) as purchase_count
    from {{ ref('stg_product__orders') }}
    where status != 'cancelled' and gross_amount >= 0 and session_id is not null
    group by session_id

),

{% if seen is not none %}
changed_sessions as (

    {{ changed_keys(ref('base_product__sessions'), seen) | indent(4) }}

),

changed_users as (

    {{ changed_keys(ref('base_product__users'), seen) | indent(4) }}

),

touched_sessions as (

    select business_key as session_id
    from changed_sessions
    union distinct
    select kept.session_id
    from {{ this }} as kept
    inner join changed_users on kept.user_id = changed_users.business_key
    union distinct
    -- an order came, went, or belongs to another session now
    select kept.session_id
    from {{ this }} as kept
    left join purchases_per_session as purchases on kept.session_id = purchases.session_id
    where kept.purchase_count != coalesce(purchases.purchase_count, 0)

),

sessions as (

    select sessions.*
    from {{ ref('stg_product__sessions') }} as sessions
    inner join touched_sessions on sessions.session_id = touched_sessions.session_id

),
{% else %}
sessions as (

    select * from {{ ref('stg_product__sessions') }}

),
{% endif %}

dated_sessions as (

    select
        *,
        {{ local_date('started_at') }} as started_date
    from sessions

),

final as (

    select
        -- ids
        dated_sessions.session_id,
        dated_sessions.user_id,
        coalesce(users.user_key, '(unknown)') as user_key,
        coalesce(channels.channel_key, '(unknown)') as channel_key,

        -- text
        dated_sessions.channel,
        dated_sessions.platform,

        -- numbers
        {{ date_difference('second', 'dated_sessions.started_at', 'dated_sessions.ended_at') }}
            as duration_seconds,
        cast(coalesce(purchases_per_session.purchase_count, 0) as bigint) as purchase_count,
        {{ date_difference('day', 'users.signed_up_date', 'dated_sessions.started_date') }}
            as days_since_sign_up,

        -- booleans
        coalesce(purchases_per_session.purchase_count, 0) > 0 as has_purchase,
        coalesce(dated_sessions.started_date > users.signed_up_date, false) as is_return_visit,

        -- times
        dated_sessions.started_at,
        dated_sessions.started_date,
        dated_sessions.ended_at,
        dated_sessions.loaded_at,

        -- changes with a row of a dimension that is published beside it
        users.user_print as dimensions_print
    from dated_sessions
    left join users on dated_sessions.user_id = users.user_id
    left join channels on dated_sessions.channel = channels.channel
    left join purchases_per_session on dated_sessions.session_id = purchases_per_session.session_id

)

{{ stored_rows('final', 'session_id', 'touched_sessions' if seen is not none else none, inputs) }}
