with initiatives as (

    select * from {{ ref('stg_data_team__initiatives') }}

),

effects as (

    select * from {{ ref('int_initiative_effects') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

live_initiatives as (

    select
        initiatives.initiative_id,
        initiatives.live_on,
        initiatives.horizon_days,
        least(
            coalesce(initiatives.ended_on, {{ add_days('as_of.as_of_date', -1) | trim }}),
            {{ add_days('as_of.as_of_date', -1) | trim }}
        ) as last_on
    from initiatives
    cross join as_of
    where initiatives.live_on < as_of.as_of_date

),

live_days as (

    select
        initiative_id,
        live_on,
        horizon_days,
        {{ days_between('live_on', 'last_on') | trim }} as date_day
    from live_initiatives

),

live_months as (

    select
        initiative_id,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
        count(*) as live_days,
        count(
            case when {{ date_difference('day', 'live_on', 'date_day') }} < horizon_days then 1 end
        ) as counted_days
    from live_days
    group by
        initiative_id,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date)

),

ended_months as (

    select
        *,
        {{ add_months('month_start', 1) }} as next_month
    from live_months

),

joined as (

    select
        ended_months.initiative_id,
        ended_months.month_start,
        ended_months.live_days,
        ended_months.counted_days,
        {{ date_difference('day', 'ended_months.month_start', 'ended_months.next_month') }}
            as month_days,
        coalesce(initiatives.monthly_saving, 0) as saving,
        initiatives.monthly_saving is not null as has_saving,
        coalesce(initiatives.influenced_amount, 0) as influence,
        initiatives.influenced_amount is not null as has_influence,
        effects.effect,
        effects.effect_low,
        effects.effect_high,
        -- units that meet it on the days that count, at the pace of the whole experiment
        case
            when effects.effect_reason is null
                then effects.exposed_unit_count * ended_months.counted_days
                    / cast(nullif(effects.exposure_days, 0) as double)
        end as unit_count
    from ended_months
    inner join initiatives on ended_months.initiative_id = initiatives.initiative_id
    inner join effects on ended_months.initiative_id = effects.initiative_id

),

valued as (

    select
        *,
        {{ prorated('saving', 'live_days', 'month_days') }} as saved,
        {{ prorated('influence', 'live_days', 'month_days') }} as influenced
    from joined

),

final as (

    select
        initiative_id,
        month_start,
        live_days,
        counted_days,
        unit_count,
        cast(effect_low * unit_count as decimal(18, 2)) as causal_return_low,
        cast(effect * unit_count as decimal(18, 2)) as causal_return,
        cast(effect_high * unit_count as decimal(18, 2)) as causal_return_high,
        case when has_saving then saved end as saved_cost,
        case when has_influence then influenced end as influenced_amount
    from valued

)

select * from final
