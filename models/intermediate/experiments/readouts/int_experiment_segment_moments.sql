with decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

changes as (

    select * from {{ ref('int_experiment_moment_changes') }}
    where segment_name != 'total'

),

experiment_days as (

    select
        experiment_id,
        decision_day as as_of_date
    from decision_days
    where decision_day is not null
    union distinct
    select
        experiment_id,
        last_day as as_of_date
    from decision_days

),

final as (

    select
        changes.experiment_id,
        changes.metric_name,
        changes.variant_id,
        changes.stage,
        experiment_days.as_of_date,
        changes.maturity,
        changes.segment_name,
        changes.segment_value,
        {{ exact_sum('changes.units') }} as units,
        {{ moment_columns(exact_sum('changes.%s')) }}
    from changes
    inner join experiment_days
        on
            changes.experiment_id = experiment_days.experiment_id
            and changes.date_day <= experiment_days.as_of_date
    group by
        changes.experiment_id,
        changes.metric_name,
        changes.maturity,
        changes.variant_id,
        changes.stage,
        changes.segment_name,
        changes.segment_value,
        experiment_days.as_of_date

)

select * from final
