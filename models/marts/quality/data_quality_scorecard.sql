with cataloged as (

    select * from {{ ref('int_tables_cataloged') }}

),

batches as (

    select * from {{ ref('int_batches_counted') }}

),

orphans as (

    select * from {{ ref('int_orphans_counted') }}

),

raw_tables_loaded as (

    select * from {{ ref('int_raw_tables_loaded') }}

),

previous_scores as (

    select * from {{ ref('int_scores_last_run') }}

),

contract_tables as (

    select
        split_part(data_name, '.', 1) as source_name,
        split_part(data_name, '.', 2) as table_name,
        data_name,
        kind,
        key_columns,
        is_absent
    from cataloged
    where layer = 'raw'

),

counts as (

    select
        source_name,
        table_name,
        max(load_date) as last_load_date,
        cast(sum(raw_count) as bigint) as raw_count,
        cast(sum(accepted_count) as bigint) as accepted_count,
        cast(sum(rejected_count) as bigint) as rejected_count,
        cast(sum(duplicate_count) as bigint) as duplicate_count,
        cast(sum(superseded_count) as bigint) as superseded_count,
        cast(sum(incomplete_count) as bigint) as incomplete_count,
        cast(sum(invalid_count) as bigint) as invalid_count,
        cast(sum(late_count) as bigint) as late_count,
        cast(sum(filled_count) as bigint) as filled_count,
        cast(sum(cell_count) as bigint) as cell_count
    from batches
    group by source_name, table_name

),

recent_batches as (

    select
        source_name,
        table_name,
        raw_count,
        row_number() over (
            partition by source_name, table_name
            order by load_date desc
        ) as place
    from batches
    where load_date is not null

),

-- the last load beside the 28 loads before it
volumes as (

    select
        source_name,
        table_name,
        max(case when place = 1 then raw_count end) as last_load_count,
        percentile_cont(0.5) within group (
            order by case when place > 1 then cast(raw_count as double) end
        ) as usual_load_count
    from recent_batches
    where place <= 29
    group by source_name, table_name

),

references_counted as (

    select
        source_name,
        table_name,
        cast(sum(reference_count) as bigint) as reference_count,
        cast(sum(orphan_count) as bigint) as orphan_count
    from orphans
    group by source_name, table_name

),

-- each from 0 to 1; null where it is not known
shares as (

    select
        contract_tables.*,
        counts.last_load_date,
        coalesce(counts.raw_count, 0) as raw_count,
        coalesce(counts.accepted_count, 0) as accepted_count,
        coalesce(counts.rejected_count, 0) as rejected_count,
        coalesce(counts.duplicate_count, 0) as duplicate_count,
        coalesce(counts.superseded_count, 0) as superseded_count,
        coalesce(counts.incomplete_count, 0) as incomplete_count,
        coalesce(counts.invalid_count, 0) as invalid_count,
        volumes.last_load_count,
        volumes.usual_load_count,
        raw_tables_loaded.days_behind,
        counts.filled_count * 1.0e0 / nullif(counts.cell_count, 0) as filled_share,
        1 - counts.duplicate_count * 1.0e0 / nullif(counts.raw_count, 0) as unique_share,
        1 - counts.incomplete_count * 1.0e0 / nullif(counts.raw_count, 0) as complete_share,
        1 - counts.invalid_count * 1.0e0 / nullif(counts.raw_count, 0) as valid_share,
        1 - references_counted.orphan_count * 1.0e0
        / nullif(references_counted.reference_count, 0) as known_reference_share,
        1 - counts.late_count * 1.0e0 / nullif(counts.accepted_count, 0) as in_time_share,
        case
            when raw_tables_loaded.days_behind is not null
                then 1.0e0 / greatest(raw_tables_loaded.days_behind, 1)
        end as fresh_share
    from contract_tables
    left join counts
        on
            contract_tables.source_name = counts.source_name
            and contract_tables.table_name = counts.table_name
    left join volumes
        on
            contract_tables.source_name = volumes.source_name
            and contract_tables.table_name = volumes.table_name
    left join references_counted
        on
            contract_tables.source_name = references_counted.source_name
            and contract_tables.table_name = references_counted.table_name
    left join raw_tables_loaded
        on contract_tables.data_name = raw_tables_loaded.raw_table

),

scored as (

    select
        *,
        least(
            unique_share, complete_share, valid_share, known_reference_share, in_time_share,
            fresh_share
        ) as worst_share
    from shares

),

final as (

    select
        -- what it is
        scored.source_name,
        scored.table_name,
        scored.kind,
        scored.key_columns,
        scored.is_absent,

        -- its rows
        scored.raw_count,
        scored.accepted_count,
        scored.rejected_count,
        scored.duplicate_count,
        scored.superseded_count,
        scored.incomplete_count,
        scored.invalid_count,
        scored.last_load_date,
        scored.last_load_count,
        scored.usual_load_count,
        scored.days_behind,
        scored.filled_share,

        -- how good they are
        scored.unique_share,
        scored.complete_share,
        scored.valid_share,
        scored.known_reference_share,
        scored.in_time_share,
        scored.fresh_share,
        100 * scored.worst_share as score,
        case
            when scored.worst_share = 1 then 'none'
            when scored.worst_share = scored.fresh_share then 'fresh'
            when scored.worst_share = scored.unique_share then 'unique'
            when scored.worst_share = scored.complete_share then 'complete'
            when scored.worst_share = scored.valid_share then 'valid'
            when scored.worst_share = scored.known_reference_share then 'known_reference'
            when scored.worst_share = scored.in_time_share then 'in_time'
        end as weakest_side,

        -- how they were in the last complete run before this one
        previous_scores.score as previous_score,
        100 * scored.worst_share - previous_scores.score as score_change,
        previous_scores.raw_count as previous_raw_count,
        previous_scores.recorded_at as previous_recorded_at
    from scored
    left join previous_scores
        on
            scored.source_name = previous_scores.source_name
            and scored.table_name = previous_scores.table_name

)

select * from final
