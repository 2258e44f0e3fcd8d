with ages as (

    select * from {{ ref('int_ml_version_ages') }}

),

runs as (

    select * from {{ ref('int_ml_trigger_runs') }}

),

-- what each trigger is explained with: what the others of its version say
paired_runs as (

    select
        runs.*,
        realised.is_triggered as is_realised_triggered,
        realised.last_judged_chunk_start as last_realised_chunk_start,
        estimated.is_triggered as is_estimated_triggered,
        estimated.last_judged_chunk_start as last_estimated_chunk_start,
        concat(
            cast(runs.consecutive_chunk_count as string), ' chunks in a row since ',
            cast(runs.since_date as string)
        ) as duration,
        concat(
            cast(cast(runs.value as decimal(18, 3)) as string), ', bound ',
            cast(cast(runs.threshold as decimal(18, 3)) as string)
        ) as figures
    from runs
    left join runs as realised
        on
            runs.model_id = realised.model_id
            and runs.version_id = realised.version_id
            and realised.trigger_name = 'realised_decay'
    left join runs as estimated
        on
            runs.model_id = estimated.model_id
            and runs.version_id = estimated.version_id
            and estimated.trigger_name = 'estimated_decay'

),

explained_runs as (

    select
        *,
        case
            when last_judged_chunk_start is not null then null
            when trigger_name = 'estimated_decay' and task != 'binary_classification'
                then 'not_estimated'
            when trigger_name in ('realised_decay', 'estimated_decay') and task = 'ranking'
                then 'not_measured'
            else 'nothing_judged'
        end as reason,
        case
            when not is_in_service
                then 'out of service: it has predicted nothing in the last four weeks'
            when
                last_judged_chunk_start is null and task = 'ranking'
                and trigger_name in ('realised_decay', 'estimated_decay')
                then 'ranked lists have measures of their own, in ml_ranking_quality'
            when
                last_judged_chunk_start is null and trigger_name = 'estimated_decay'
                and task != 'binary_classification'
                then 'performance is estimated for classification alone'
            when last_judged_chunk_start is null
                then concat(
                        'nothing to judge by yet: no chunk after the reference is complete, ',
                        'mature and large enough'
                    )
            when trigger_name = 'realised_decay' and is_triggered and not is_estimated_triggered
                then concat(
                        subject, ' is worse than its reference for ', duration, ' (', figures,
                        ') while the estimate is silent: the scores look as they did and no ',
                        'longer mean the same, which is how concept drift looks; rebuild on ',
                        'labels since then'
                    )
            when trigger_name = 'realised_decay' and is_triggered
                then concat(
                        subject, ' is worse than its reference for ', duration, ' (', figures,
                        '), and the estimate says so too: other cases come in than in the ',
                        'reference; rebuild on them'
                    )
            when
                trigger_name = 'estimated_decay' and is_triggered and not is_realised_triggered
                and coalesce(last_realised_chunk_start < since_date, true)
                then concat(
                        subject, ' is expected to be worse than its reference for ', duration, ' (',
                        figures, ') and the labels of these chunks have not matured: other cases ',
                        'come in than in the reference; look at the drift of features'
                    )
            when trigger_name = 'estimated_decay' and is_triggered and not is_realised_triggered
                then concat(
                        subject, ' is expected to be worse than its reference for ', duration, ' (',
                        figures, ') and the labels do not confirm it: their own band is too wide ',
                        'to show so little, or the scores are no longer calibrated; look at the ',
                        'drift of features'
                    )
            when trigger_name = 'estimated_decay' and is_triggered
                then concat(
                        subject, ' is expected to be worse than its reference for ', duration, ' (',
                        figures, '), and the labels show it'
                    )
            when trigger_name = 'estimated_decay' and is_realised_triggered
                then concat(
                        'the estimate of ', subject, ' is silent (', figures, ') while the labels ',
                        'show a decay: it cannot see concept drift'
                    )
            when trigger_name in ('feature_drift', 'prediction_drift') and is_triggered
                then concat(
                        case
                            when trigger_name = 'prediction_drift' then 'the scores differ'
                            else concat('the feature ''', subject, ''' differs')
                        end,
                        ' from the reference for ', duration, ' (psi ', figures, ')',
                        case
                            when is_realised_triggered then ', and performance has decayed'
                            when last_realised_chunk_start >= since_date
                                then concat(
                                        ', and performance has not decayed: find out why it moved ',
                                        'before rebuilding'
                                    )
                            else '; the labels that would show what it costs have not matured'
                        end
                    )
            when consecutive_chunk_count = 1
                then concat(
                        case
                            when trigger_name = 'feature_drift'
                                then concat('the feature ''', subject, '''')
                            when trigger_name = 'prediction_drift' then 'the score'
                            else subject
                        end,
                        ' is beyond its bound in one chunk (', figures, '): a second one in a row ',
                        'makes it a trigger'
                    )
            when trigger_name = 'feature_drift'
                then concat(
                        'no feature differs; the nearest is ''', subject, ''' (psi ', figures, ')'
                    )
            when trigger_name = 'prediction_drift'
                then concat('the scores are as in the reference (psi ', figures, ')')
            else concat(subject, ' is no worse than its reference (', figures, ')')
        end as explanation
    from paired_runs

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        trigger_name,
        subject,
        reason,
        explanation,

        -- numbers
        value,
        threshold,
        consecutive_chunk_count,
        distance,

        -- booleans
        is_in_service,
        is_triggered,

        -- times
        since_date,
        last_judged_chunk_start
    from explained_runs
    union all
    select
        -- ids
        model_id,
        version_id,

        -- text
        'age' as trigger_name,
        'age' as subject,
        case when age_days is null then 'not_dated' end as reason,
        case
            when age_days is null then 'nobody says when it was trained or made'
            when not is_in_service
                then 'out of service: it has predicted nothing in the last four weeks'
            when age_days > max_age_days
                then concat(
                        'what it learned from ended ', cast(age_days as string),
                        ' days ago, more than the ', cast(max_age_days as string), ' allowed'
                    )
            else concat(
                    'what it learned from ended ', cast(age_days as string), ' days ago, ',
                    cast(max_age_days as string), ' are allowed'
                )
        end as explanation,

        -- numbers
        cast(age_days as double) as value,
        cast(max_age_days as double) as threshold,
        cast(null as bigint) as consecutive_chunk_count,
        cast(age_days as double) / max_age_days - 1 as distance,

        -- booleans
        is_in_service,
        is_in_service and coalesce(age_days > max_age_days, false) as is_triggered,

        -- times
        case
            when age_days > max_age_days
                then {{ add_days(local_date('trained_at'), 'max_age_days + 1') }}
        end as since_date,
        cast(null as date) as last_judged_chunk_start
    from ages

)

select * from final
