with initiatives as (

    select * from {{ ref('int_initiatives_described') }}

),

months as (

    select * from {{ ref('int_initiative_months') }}

),

summed as (

    select
        initiative_id,
        sum(live_days) as live_days,
        sum(counted_days) as counted_days,
        sum(unit_count) as unit_count,
        sum(causal_return_low) as causal_return_low,
        sum(causal_return) as causal_return,
        sum(causal_return_high) as causal_return_high,
        sum(saved_cost) as saved_cost,
        sum(influenced_amount) as influenced_amount
    from months
    group by initiative_id

),

final as (

    select
        -- ids
        initiatives.initiative_id,
        initiatives.experiment_id,
        initiatives.treatment_variant_id,

        -- text
        initiatives.title,
        initiatives.owner,
        initiatives.kind,
        initiatives.metric_name,
        initiatives.status,
        coalesce(
            initiatives.effect_reason,
            case when summed.initiative_id is null then 'not_live' end
        ) as reason,
        initiatives.interval_kind,

        -- numbers
        initiatives.effect,
        initiatives.effect_low,
        initiatives.effect_high,
        initiatives.exposed_unit_count,
        initiatives.exposure_days,
        initiatives.horizon_days,
        cast(coalesce(summed.live_days, 0) as bigint) as live_days,
        cast(coalesce(summed.counted_days, 0) as bigint) as counted_days,
        summed.unit_count,
        cast(summed.causal_return_low as decimal(18, 2)) as causal_return_low,
        cast(summed.causal_return as decimal(18, 2)) as causal_return,
        cast(summed.causal_return_high as decimal(18, 2)) as causal_return_high,
        cast(
            case
                when initiatives.monthly_saving is not null then coalesce(summed.saved_cost, 0)
            end as decimal(18, 2)
        ) as saved_cost,
        cast(
            case
                when initiatives.monthly_influence is not null
                    then coalesce(summed.influenced_amount, 0)
            end as decimal(18, 2)
        ) as influenced_amount,
        initiatives.build_cost,

        -- booleans
        initiatives.effect_low <= 0 and initiatives.effect_high >= 0 as is_inside_noise,

        -- times
        initiatives.live_on,
        initiatives.ended_on
    from initiatives
    left join summed on initiatives.initiative_id = summed.initiative_id

)

select * from final
