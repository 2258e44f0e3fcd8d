with models as (

    select * from {{ ref('ml_models') }}

),

versions as (

    select * from {{ ref('ml_model_versions') }}

),

launches as (

    select * from {{ ref('ml_launches') }}

),

iterations as (

    select * from {{ ref('ml_iterations') }}

),

performance as (

    select * from {{ ref('ml_performance') }}
    where segment_name = 'total' and is_complete_chunk

),

triggers as (

    select * from {{ ref('ml_rebuild_triggers') }}

),

-- the version that answers, else the one made last
ranked_versions as (

    select
        versions.model_id,
        versions.version_id,
        row_number() over (
            partition by versions.model_id
            order by
                case when versions.version_id = models.live_version_id then 0 else 1 end,
                versions.created_at desc,
                versions.version_id desc
        ) as versions_back
    from versions
    inner join models on versions.model_id = models.model_id

),

ranked_launches as (

    select
        model_id,
        version_id,
        platform,
        traffic_share,
        gate_status,
        failed_checks,
        experiment_id,
        experiment_recommendation,
        launched_at,
        row_number() over (
            partition by model_id, version_id
            order by launched_at desc, launch_id desc
        ) as launches_back
    from launches

),

-- the last chunk whose labels are all in
ranked_chunks as (

    select
        performance.model_id,
        performance.version_id,
        performance.chunk_start,
        performance.realised_value,
        performance.estimated_value,
        performance.reference_mean,
        performance.is_realised_alarm,
        row_number() over (
            partition by performance.model_id, performance.version_id
            order by performance.chunk_start desc
        ) as chunks_back
    from performance
    inner join models
        on
            performance.model_id = models.model_id
            and performance.metric_name = models.validation_metric
    where performance.is_realised_alarm is not null

),

-- one sentence for each kind of trigger
triggered as (

    select
        model_id,
        version_id,
        count(*) as trigger_count,
        min(since_date) as first_triggered_date,
        max(case when trigger_name = 'realised_decay' then explanation end) as realised_decay,
        max(case when trigger_name = 'estimated_decay' then explanation end) as estimated_decay,
        max(case when trigger_name = 'feature_drift' then explanation end) as feature_drift,
        max(case when trigger_name = 'prediction_drift' then explanation end) as prediction_drift,
        max(case when trigger_name = 'age' then explanation end) as age
    from triggers
    where is_triggered
    group by model_id, version_id

),

final as (

    select
        -- ids
        models.model_id,
        versions.version_id,

        -- text
        models.title,
        models.hypothesis as purpose,
        case
            when models.owner is null then 'nobody answers for it'
            else concat(models.owner, ', team ', coalesce(models.team, '(unknown)'))
        end as responsible,
        concat(
            models.status,
            case
                when models.live_since_at is not null
                    then concat(' since ', cast(cast(models.live_since_at as date) as string))
                else ''
            end
        ) as state,
        case
            when versions.version_id is null then 'no version yet'
            else concat(
                    versions.role, ' in ', coalesce(versions.language, 'an unknown language'),
                    case
                        when versions.framework is not null
                            then concat(' with ', versions.framework)
                        else ''
                    end,
                    case
                        when versions.training_ended_at is not null
                            then concat(
                                    ', trained on data until ',
                                    cast(cast(versions.training_ended_at as date) as string)
                                )
                        else ''
                    end,
                    ', number ', cast(iterations.iteration as string), ' of ',
                    cast(models.version_count as string)
                )
        end as making,
        case
            when versions.validation_value is null then 'never validated by the metric of its model'
            else concat(
                    versions.validation_metric, ' ',
                    cast(round(versions.validation_value, 4) as string), ' on ',
                    coalesce(versions.validation_dataset, 'unnamed data'),
                    case
                        when versions.role = 'heuristic_baseline' then ', the baseline'
                        when versions.baseline_value is null then ', no baseline was validated'
                        else concat(
                                ', the baseline ',
                                cast(round(versions.baseline_value, 4) as string)
                            )
                    end,
                    case when versions.is_validated then ': passed' else ': failed' end
                )
        end as validation,
        case
            when launches_now.launched_at is null then 'never launched'
            else concat(
                    'on ', coalesce(launches_now.platform, 'an unnamed platform'), ' from ',
                    cast(cast(launches_now.launched_at as date) as string),
                    case
                        when launches_now.failed_checks is not null
                            then concat(
                                    ', against the rules of the gate: ',
                                    launches_now.failed_checks
                                )
                        else ', through the gate'
                    end,
                    case
                        when launches_now.experiment_recommendation is not null
                            then concat(
                                    '; its experiment ''', launches_now.experiment_id, ''' says ',
                                    launches_now.experiment_recommendation
                                )
                        else ''
                    end
                )
        end as launch,
        case
            when chunks_now.chunk_start is null
                then 'no period with all its labels has been measured'
            else concat(
                    models.validation_metric, ' ',
                    cast(round(chunks_now.realised_value, 4) as string), ' in the ',
                    models.chunk_grain, ' of ', cast(chunks_now.chunk_start as string),
                    case
                        when chunks_now.reference_mean is not null
                            then concat(
                                    ', ', cast(round(chunks_now.reference_mean, 4) as string),
                                    ' in its reference'
                                )
                        else ''
                    end,
                    case when chunks_now.is_realised_alarm then ': an alarm' else '' end
                )
        end as performance,
        case
            when triggered.trigger_count is null then 'nothing asks for a new version'
            else concat('build it again: ', concat_ws(
                    '; ',
                    triggered.realised_decay,
                    triggered.estimated_decay,
                    triggered.feature_drift,
                    triggered.prediction_drift,
                    triggered.age
                ))
        end as what_to_do,
        coalesce(iterations.explanation, 'no version yet') as iteration_verdict,

        -- numbers
        models.effort_days,
        chunks_now.realised_value,
        chunks_now.estimated_value,
        chunks_now.reference_mean,
        coalesce(triggered.trigger_count, 0) as trigger_count,

        -- times
        chunks_now.chunk_start as measured_chunk_start,
        triggered.first_triggered_date
    from models
    left join ranked_versions as versions_now
        on models.model_id = versions_now.model_id and versions_now.versions_back = 1
    left join versions
        on
            versions_now.model_id = versions.model_id
            and versions_now.version_id = versions.version_id
    left join iterations
        on
            versions_now.model_id = iterations.model_id
            and versions_now.version_id = iterations.version_id
    left join ranked_launches as launches_now
        on
            versions_now.model_id = launches_now.model_id
            and versions_now.version_id = launches_now.version_id
            and launches_now.launches_back = 1
    left join ranked_chunks as chunks_now
        on
            versions_now.model_id = chunks_now.model_id
            and versions_now.version_id = chunks_now.version_id
            and chunks_now.chunks_back = 1
    left join triggered
        on
            versions_now.model_id = triggered.model_id
            and versions_now.version_id = triggered.version_id

)

select * from final
