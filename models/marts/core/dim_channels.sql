with users as (

    select * from {{ ref('stg_product__users') }}

),

sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

seen_channels as (

    select acquisition_channel as channel from users
    union distinct
    select channel from sessions

),

known_channels as (

    select
        channel as channel_key,
        channel,
        case
            when channel like 'paid%' or channel in ('affiliate', 'display') then 'paid'
            when channel in ('email', 'push', 'sms') then 'owned'
            when channel like 'organic%' or channel in ('referral', 'social') then 'earned'
            when channel = 'direct' then 'direct'
            else 'other'
        end as channel_group
    from seen_channels
    where channel is not null

),

unknown_channel as (

    select
        '(unknown)' as channel_key,
        cast(null as string) as channel,
        '(unknown)' as channel_group

),

final as (

    select * from known_channels
    union all
    select * from unknown_channel

)

select * from final
