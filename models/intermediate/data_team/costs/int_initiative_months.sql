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

joined as (

    select
        live_months.initiative_id,
        live_months.month_start,
        live_months.live_days,
        live_months.counted_days,
        {{ date_difference(
            'day', 'live_months.month_start', add_months('live_months.month_start', 1)
        ) }} as month_days,
        initiatives.monthly_saving,
        initiatives.influenced_amount as monthly_influence,
        effects.effect,
        effects.effect_low,
        effects.effect_high,
        -- units that meet it on the days that count, at the pace of the whole experiment
        case
            when effects.effect_reason is null
                then effects.exposed_unit_count * live_months.counted_days
                    / cast(nullif(effects.exposure_days, 0) as double)
        end as unit_count
    from live_months
    inner join initiatives on live_months.initiative_id = initiatives.initiative_id
    inner join effects on live_months.initiative_id = effects.initiative_id

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
        {{ prorated('monthly_saving', 'live_days', 'month_days') }} as saved_cost,
        {{ prorated('monthly_influence', 'live_days', 'month_days') }} as influenced_amount
    from joined

)

select * from final
