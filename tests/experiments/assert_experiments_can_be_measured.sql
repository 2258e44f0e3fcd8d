with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

experiment_metrics as (

    select * from {{ ref('stg_experiments__experiment_metrics') }}

),

metrics as (

    select * from {{ ref('int_experiment_metrics') }}

),

named as (

    select
        experiment_metrics.experiment_id,
        experiment_metrics.metric_name,
        experiments.unit,
        metrics.metric_name as known_metric_name,
        metrics.refusal,
        metrics.units
    from experiment_metrics
    left join experiments on experiment_metrics.experiment_id = experiments.experiment_id
    left join metrics on experiment_metrics.metric_name = metrics.metric_name

)

select
    experiment_id,
    metric_name,
    unit,
    concat(
        'experiment ''', experiment_id, ''': the metric ''', metric_name, ''' ',
        case
            when known_metric_name is null
                then 'is not defined; define it in models/marts/metrics/definitions or name another'
            when unit is null then 'belongs to an experiment that is not registered'
            when refusal is not null
                then concat('cannot be measured per unit: ', refusal, '; name another')
            else concat(
                    'has no unit ''', unit, ''': its facts carry ', units,
                    '; name another metric or unit'
                )
        end
    ) as message
from named
where
    known_metric_name is null
    or unit is null
    or refusal is not null
    or concat(', ', units, ',') not like concat('%, ', unit, ',%')
