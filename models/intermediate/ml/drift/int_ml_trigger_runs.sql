with versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

chunks as (

    select * from {{ ref('int_ml_trigger_chunks') }}

),

trigger_names (trigger_name) as (

    values ('feature_drift'), ('prediction_drift'), ('realised_decay'), ('estimated_decay')

),

last_quiet_chunks as (

    select
        model_id,
        version_id,
        trigger_name,
        max(case when not is_alarm then chunk_start end) as last_quiet_start
    from chunks
    group by model_id, version_id, trigger_name

),

-- the run of alarms that the latest judged chunk is the end of; empty where it is quiet
runs as (

    select
        chunks.model_id,
        chunks.version_id,
        chunks.trigger_name,
        min(chunks.chunk_start) as since_date,
        count(*) as consecutive_chunk_count
    from chunks
    inner join last_quiet_chunks
        on
            chunks.model_id = last_quiet_chunks.model_id
            and chunks.version_id = last_quiet_chunks.version_id
            and chunks.trigger_name = last_quiet_chunks.trigger_name
    where
        last_quiet_chunks.last_quiet_start is null
        or chunks.chunk_start > last_quiet_chunks.last_quiet_start
    group by chunks.model_id, chunks.version_id, chunks.trigger_name

),

ranked_chunks as (

    select
        *,
        row_number() over (
            partition by model_id, version_id, trigger_name
            order by chunk_start desc
        ) as place
    from chunks

),

latest_chunks as (

    select * from ranked_chunks
    where place = 1

),

final as (

    select
        -- ids
        versions.model_id,
        versions.version_id,

        -- text
        trigger_names.trigger_name,
        versions.task,
        versions.validation_metric,
        latest_chunks.subject,

        -- numbers
        latest_chunks.value,
        latest_chunks.threshold,
        latest_chunks.distance,
        cast(coalesce(runs.consecutive_chunk_count, 0) as bigint) as consecutive_chunk_count,

        -- booleans
        versions.is_in_service,
        -- one chunk may be chance, two in a row hardly
        versions.is_in_service and coalesce(runs.consecutive_chunk_count, 0) >= 2 as is_triggered,

        -- times
        runs.since_date,
        latest_chunks.chunk_start as last_judged_chunk_start
    from versions
    cross join trigger_names
    left join latest_chunks
        on
            versions.model_id = latest_chunks.model_id
            and versions.version_id = latest_chunks.version_id
            and trigger_names.trigger_name = latest_chunks.trigger_name
    left join runs
        on
            versions.model_id = runs.model_id
            and versions.version_id = runs.version_id
            and trigger_names.trigger_name = runs.trigger_name

)

select * from final
