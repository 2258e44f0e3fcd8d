with base_experiment_metrics as (

    select * from {{ ref('base_experiments__experiment_metrics') }}

),

accepted_experiment_metrics as (

    select
        -- ids
        experiment_id,
        metric_name,

        -- text
        role,

        -- numbers
        minimum_detectable_effect,
        non_inferiority_margin,

        -- times
        loaded_at
    from base_experiment_metrics
    where rejection_reasons is null

)

select * from accepted_experiment_metrics
