with decisions as (

    select * from {{ ref('stg_data_team__decisions') }}

),

metrics as (

    select * from {{ ref('metric_catalog') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}
    where dimension_name = 'total'

),

experiments as (

    select * from {{ ref('experiment_catalog') }}

),

experiment_decisions as (

    select * from {{ ref('experiment_decisions') }}

),

models as (

    select * from {{ ref('ml_models') }}

),

-- an experiment has a recommendation per treatment, and one decision
decided_experiments as (

    select
        experiment_id,
        case
            when min(recommendation) = max(recommendation) then min(recommendation)
            else 'by_treatment'
        end as recommendation,
        max(decision) as decision,
        max(decided_at) as decided_at
    from experiment_decisions
    group by experiment_id

),

metric_links as (

    select
        decisions.decision_id,
        'metric' as link_type,
        decisions.metric_name as link_id,
        case
            when metrics.metric_name is null then 'metric_not_defined'
            when
                decisions.metric_version < 1 or decisions.metric_version > metrics.version
                then 'version_not_in_history'
            when
                decisions.data_through > {{ local_date('decisions.decided_at') }}
                then 'data_after_decision'
        end as rejection_reason,
        decisions.metric_version,
        decisions.metric_value as metric_value_then,
        decisions.data_through
    from decisions
    left join metrics on decisions.metric_name = metrics.metric_name
    where decisions.metric_name is not null

),

-- the longest period that ends with the day: its month, else its week, else the day itself
ended_periods as (

    select
        metric_links.decision_id,
        metric_values.grain,
        metric_values.period_start,
        metric_values.metric_value,
        row_number() over (
            partition by metric_links.decision_id
            order by metric_values.period_start
        ) as place
    from metric_links
    inner join metric_values on metric_links.link_id = metric_values.metric_name
    where
        {{ add_days('metric_links.data_through', 1) | trim }}
        = {{ period_end('metric_values.grain', 'metric_values.period_start') | trim }}

),

metric_periods as (

    select
        decision_id,
        grain,
        period_start,
        metric_value
    from ended_periods
    where place = 1

),

valued_metric_links as (

    select
        metric_links.decision_id,
        metric_links.link_type,
        metric_links.link_id,
        metric_links.rejection_reason,
        metric_links.metric_version,
        metric_links.metric_value_then,
        metric_periods.grain as metric_grain,
        metric_periods.period_start as metric_period_start,
        metric_periods.metric_value as metric_value_published,
        case
            when metric_links.rejection_reason = 'metric_not_defined' then 'metric_not_defined'
            when metric_links.data_through is null then 'no_data_through'
            when metric_periods.metric_value is null then 'no_value'
            when metric_links.metric_value_then is null then 'value_not_written_down'
            when metric_periods.metric_value = 0 then 'value_is_zero'
        end as value_reason
    from metric_links
    left join metric_periods on metric_links.decision_id = metric_periods.decision_id

),

experiment_links as (

    select
        decisions.decision_id,
        'experiment' as link_type,
        decisions.experiment_id as link_id,
        case
            when experiments.experiment_id is null then 'experiment_not_known'
            when decided_experiments.decided_at is null then 'experiment_not_decided'
            when decided_experiments.decided_at > decisions.decided_at
                then 'experiment_decided_later'
            when decided_experiments.recommendation = 'invalid' then 'experiment_invalid'
        end as rejection_reason,
        decided_experiments.recommendation as experiment_recommendation,
        decided_experiments.decision as experiment_decision,
        decided_experiments.decided_at as experiment_decided_at
    from decisions
    left join experiments on decisions.experiment_id = experiments.experiment_id
    left join decided_experiments
        on decisions.experiment_id = decided_experiments.experiment_id
    where decisions.experiment_id is not null

),

model_links as (

    select
        decisions.decision_id,
        'model' as link_type,
        decisions.model_id as link_id,
        case when models.model_id is null then 'model_not_known' end as rejection_reason,
        models.owner as model_owner
    from decisions
    left join models on decisions.model_id = models.model_id
    where decisions.model_id is not null

),

final as (

    select
        decision_id,
        link_type,
        link_id,
        rejection_reason,
        metric_version,
        metric_value_then,
        metric_grain,
        metric_period_start,
        metric_value_published,
        value_reason,
        cast(null as string) as experiment_recommendation,
        cast(null as string) as experiment_decision,
        cast(null as timestamp) as experiment_decided_at,
        cast(null as string) as model_owner
    from valued_metric_links
    union all
    select
        decision_id,
        link_type,
        link_id,
        rejection_reason,
        cast(null as bigint) as metric_version,
        cast(null as double) as metric_value_then,
        cast(null as string) as metric_grain,
        cast(null as date) as metric_period_start,
        cast(null as double) as metric_value_published,
        'no_metric' as value_reason,
        experiment_recommendation,
        experiment_decision,
        experiment_decided_at,
        cast(null as string) as model_owner
    from experiment_links
    union all
    select
        decision_id,
        link_type,
        link_id,
        rejection_reason,
        cast(null as bigint) as metric_version,
        cast(null as double) as metric_value_then,
        cast(null as string) as metric_grain,
        cast(null as date) as metric_period_start,
        cast(null as double) as metric_value_published,
        'no_metric' as value_reason,
        cast(null as string) as experiment_recommendation,
        cast(null as string) as experiment_decision,
        cast(null as timestamp) as experiment_decided_at,
        model_owner
    from model_links

)

select * from final
