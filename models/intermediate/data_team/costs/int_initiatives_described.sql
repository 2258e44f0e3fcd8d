with initiatives as (

    select * from {{ ref('stg_data_team__initiatives') }}

),

effects as (

    select * from {{ ref('int_initiative_effects') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select
        initiatives.initiative_id,
        initiatives.experiment_id,
        initiatives.treatment_variant_id,
        initiatives.title,
        initiatives.owner,
        initiatives.kind,
        initiatives.metric_name,
        case
            when initiatives.live_on is null or initiatives.live_on >= as_of.as_of_date
                then 'planned'
            when initiatives.ended_on < as_of.as_of_date then 'ended'
            else 'live'
        end as status,
        effects.effect_reason,
        effects.interval_kind,
        effects.effect,
        effects.effect_low,
        effects.effect_high,
        effects.exposed_unit_count,
        effects.exposure_days,
        initiatives.horizon_days,
        initiatives.monthly_saving,
        initiatives.influenced_amount as monthly_influence,
        initiatives.build_cost,
        initiatives.live_on,
        initiatives.ended_on
    from initiatives
    inner join effects on initiatives.initiative_id = effects.initiative_id
    cross join as_of

)

select * from final
