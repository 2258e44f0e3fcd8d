with assignment_checks as (

    select * from {{ ref('int_experiment_assignment_checks') }}

),

metric_checks as (

    select * from {{ ref('int_experiment_metric_checks') }}

),

registration_checks as (

    select * from {{ ref('int_experiment_registration_checks') }}

),

snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

checks as (

    select
        experiment_id,
        check_name,
        cast(null as string) as metric_name,
        cast(null as string) as treatment_variant_id,
        stage,
        segment_name,
        statistic,
        p_value,
        status,
        explanation
    from assignment_checks
    union all
    select
        experiment_id,
        check_name,
        metric_name,
        treatment_variant_id,
        'all' as stage,
        'total' as segment_name,
        statistic,
        p_value,
        status,
        explanation
    from metric_checks
    union all
    select
        experiment_id,
        check_name,
        cast(null as string) as metric_name,
        cast(null as string) as treatment_variant_id,
        'all' as stage,
        'total' as segment_name,
        statistic,
        cast(null as double) as p_value,
        status,
        explanation
    from registration_checks

),

final as (

    select
        -- ids
        checks.experiment_id,
        checks.check_name,
        coalesce(checks.metric_name, '(all)') as metric_name,
        coalesce(checks.treatment_variant_id, '(all)') as treatment_variant_id,
        checks.stage,
        checks.segment_name,

        -- text
        checks.status,
        checks.explanation,

        -- numbers
        checks.statistic,
        checks.p_value,

        -- booleans
        checks.check_name in (
            'sample_ratio', 'unplanned_variant', 'crossover', 'mix', 'imbalance'
        ) as is_blocking,

        -- times
        snapshots.snapshot_day as as_of_date
    from checks
    inner join snapshots on checks.experiment_id = snapshots.experiment_id

)

select * from final
