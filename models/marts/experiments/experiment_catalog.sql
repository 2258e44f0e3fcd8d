with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

units as (

    select * from {{ ref('int_experiment_units') }}
    where population = 'exposed'

),

exposed as (

    select
        experiment_id,
        count(*) as unit_count
    from units
    group by experiment_id

),

final as (

    select
        -- ids
        experiments.experiment_id,
        experiments.control_variant_id,

        -- text
        experiments.title,
        experiments.hypothesis,
        experiments.owner,
        experiments.kind,
        experiments.unit,
        experiments.status,
        experiments.monitoring,
        experiments.primary_rule,
        experiments.decision_estimator,

        -- numbers
        experiments.alpha,
        experiments.power,
        coalesce(exposed.unit_count, 0) as unit_count,

        -- booleans
        experiments.decision is not null as is_decided,

        -- times
        experiments.registered_at,
        experiments.started_at,
        experiments.planned_end_at,
        experiments.ended_at
    from experiments
    left join exposed on experiments.experiment_id = exposed.experiment_id

)

select * from final
