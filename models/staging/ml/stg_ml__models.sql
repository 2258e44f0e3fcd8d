with base_models as (

    select * from {{ ref('base_ml__models') }}

),

accepted_models as (

    select
        -- ids
        model_id,

        -- text
        title,
        hypothesis,
        owner,
        team,
        task,
        entity,
        {{ performance_metric('validation_metric') }} as validation_metric,
        coalesce(chunk_grain, 'week') as chunk_grain,

        -- numbers
        label_window_days,
        coalesce(decision_threshold, cast(0.5 as double)) as decision_threshold,
        coalesce(max_age_days, 180) as max_age_days,
        coalesce(psi_threshold, cast(0.2 as double)) as psi_threshold,
        coalesce(minimum_gain, cast(0.01 as double)) as minimum_gain,

        -- times
        registered_at,
        loaded_at
    from base_models
    where rejection_reasons is null

)

select * from accepted_models
