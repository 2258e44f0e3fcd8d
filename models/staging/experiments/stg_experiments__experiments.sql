with base_experiments as (

    select * from {{ ref('base_experiments__experiments') }}

),

accepted_experiments as (

    select
        -- ids
        experiment_id,
        control_variant_id,

        -- text
        title,
        hypothesis,
        owner,
        kind,
        coalesce(unit, 'user') as unit,
        status,
        coalesce(monitoring, 'fixed_horizon') as monitoring,
        coalesce(primary_rule, 'any') as primary_rule,
        decision_estimator,
        decision,
        decided_by,

        -- numbers
        coalesce(alpha, cast(0.05 as double)) as alpha,
        coalesce(power, cast(0.8 as double)) as power,

        -- times
        registered_at,
        started_at,
        planned_end_at,
        ended_at,
        decided_at,
        loaded_at
    from base_experiments
    where rejection_reasons is null

)

select * from accepted_experiments
