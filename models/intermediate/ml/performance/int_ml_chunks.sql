with versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

segment_predictions as (

    select * from {{ ref('int_ml_segment_predictions') }}

),

counts as (

    select
        model_id,
        version_id,
        chunk_start,
        segment_name,
        segment_value,
        count(*) as prediction_count,
        count(case when is_mature then 1 end) as mature_count,
        count(label) as labelled_count,
        count(case when label = 1 then 1 end) as positive_count,
        count(case when period = 'reference' then 1 end) as reference_count
    from segment_predictions
    group by model_id, version_id, chunk_start, segment_name, segment_value

),

-- a chunk without predictions is news
version_days as (

    select
        model_id,
        version_id,
        chunk_grain,
        {{ days_between('first_predicted_date', 'last_predicted_date') }} as date_day
    from versions

),

calendar as (

    select distinct
        model_id,
        version_id,
        {{ period_start('chunk_grain', 'date_day') }} as chunk_start
    from version_days

),

empty_chunks as (

    select
        calendar.model_id,
        calendar.version_id,
        calendar.chunk_start,
        'total' as segment_name,
        'total' as segment_value,
        0 as prediction_count,
        0 as mature_count,
        0 as labelled_count,
        0 as positive_count,
        0 as reference_count
    from calendar
    left join counts
        on
            calendar.model_id = counts.model_id
            and calendar.version_id = counts.version_id
            and calendar.chunk_start = counts.chunk_start
            and counts.segment_name = 'total'
    where counts.chunk_start is null

),

all_chunks as (

    select * from counts
    union all
    select * from empty_chunks

),

final as (

    select
        -- ids
        all_chunks.model_id,
        all_chunks.version_id,

        -- text
        versions.task,
        versions.chunk_grain,
        all_chunks.segment_name,
        all_chunks.segment_value,

        -- numbers
        cast(all_chunks.prediction_count as bigint) as prediction_count,
        cast(all_chunks.mature_count as bigint) as mature_count,
        cast(all_chunks.labelled_count as bigint) as labelled_count,
        cast(all_chunks.mature_count - all_chunks.labelled_count as bigint) as unlabelled_count,
        case
            when versions.task = 'binary_classification'
                then cast(all_chunks.positive_count as bigint)
        end as positive_count,

        -- booleans
        all_chunks.reference_count > 0
        and all_chunks.reference_count = all_chunks.prediction_count as is_reference,
        {{ period_end('versions.chunk_grain', 'all_chunks.chunk_start') }}
        <= versions.as_of_date as is_complete_chunk,
        all_chunks.mature_count = all_chunks.prediction_count as is_wholly_mature,

        -- times
        all_chunks.chunk_start
    from all_chunks
    inner join versions
        on
            all_chunks.model_id = versions.model_id
            and all_chunks.version_id = versions.version_id

)

select * from final
