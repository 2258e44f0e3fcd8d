{%- set keys = ['model_id', 'version_id', 'feature_name'] -%}
with histograms as (

    select * from {{ ref('int_ml_chunk_histograms') }}

),

reference_histograms as (

    select * from {{ ref('int_ml_reference_histograms') }}

),

versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

chunks as (

    select * from {{ ref('int_ml_chunks') }}
    where segment_name = 'total'

),

{{ drift_measures(
    'measures', 'histograms', 'reference_histograms', keys, ['chunk_start']
) }},

-- what chance varies in: tenths of numbers, categories of texts, and what is missing
reference_cells as (

    select distinct
        model_id,
        version_id,
        feature_name,
        case when fine_bin > 0 then ceil(fine_bin / 1000.0e0) else fine_bin end as coarse_bin,
        category
    from reference_histograms

),

reference_sizes as (

    select
        model_id,
        version_id,
        feature_name,
        greatest(count(*) - 1, 1) as degrees_of_freedom
    from reference_cells
    group by model_id, version_id, feature_name

),

reference_counts as (

    select
        model_id,
        version_id,
        feature_name,
        sum(value_count) as reference_count,
        sum(case when fine_bin = 0 then value_count else 0 end) as missing_count
    from reference_histograms
    group by model_id, version_id, feature_name

),

sized_measures as (

    select
        measures.*,
        versions.chunk_grain,
        versions.psi_threshold,
        chunks.is_reference,
        chunks.is_complete_chunk,
        coalesce(reference_counts.reference_count, 0) as reference_count,
        cast(reference_counts.missing_count as double) / reference_counts.reference_count
            as reference_missing_share,
        -- of a share that may be 0 in the reference by chance
        (reference_counts.missing_count + 1.0e0) / (reference_counts.reference_count + 2)
            as possible_missing_share,
        cast(reference_sizes.degrees_of_freedom as double) as degrees_of_freedom,
        1.0e0 / nullif(measures.value_count, 0) + 1.0e0 / reference_counts.reference_count
            as variance_of_share
    from measures
    inner join versions
        on
            measures.model_id = versions.model_id
            and measures.version_id = versions.version_id
    inner join chunks
        on
            measures.model_id = chunks.model_id
            and measures.version_id = chunks.version_id
            and measures.chunk_start = chunks.chunk_start
    left join reference_counts
        on
            measures.model_id = reference_counts.model_id
            and measures.version_id = reference_counts.version_id
            and measures.feature_name = reference_counts.feature_name
    left join reference_sizes
        on
            measures.model_id = reference_sizes.model_id
            and measures.version_id = reference_sizes.version_id
            and measures.feature_name = reference_sizes.feature_name

),

-- what one chunk of a thousand passes by chance: the index times the sizes is nearly chi-square
-- (Wilson and Hilferty's quantile), Kolmogorov's bound, and the normal one of a share
chances as (

    select
        *,
        degrees_of_freedom
        * power(
            1
            - 2 / (9 * degrees_of_freedom)
            + 3.0902e0 * sqrt(2 / (9 * degrees_of_freedom)),
            3
        )
        * variance_of_share as psi_by_chance,
        1.9495e0 * sqrt(variance_of_share) as ks_by_chance,
        reference_missing_share
        + 3.0902e0 * sqrt(
            possible_missing_share * (1 - possible_missing_share) * variance_of_share
        ) as missing_by_chance
    from sized_measures

),

-- for distributions that lie near, jensen_shannon^2 is psi / (8 ln 2)
bounded as (

    select
        *,
        case metric_name
            when 'psi' then psi_threshold
            when 'jensen_shannon' then sqrt(psi_threshold / (8 * ln(2.0e0)))
            when 'ks' then 0.2e0
            when 'share_out_of_range' then 0.05e0
            when 'share_missing' then reference_missing_share + 0.05e0
        end as wanted_threshold,
        case metric_name
            when 'psi' then psi_by_chance
            when 'jensen_shannon' then sqrt(psi_by_chance / (8 * ln(2.0e0)))
            when 'ks' then ks_by_chance
            when 'share_missing' then missing_by_chance
            else 0
        end as chance_threshold
    from chances

),

judged as (

    -- below 5 values expected in a tenth an index is chance, and no bound of it is known
    select
        *,
        case
            when reference_count > 0 then greatest(wanted_threshold, chance_threshold)
        end as threshold,
        metric_name in ('psi', 'jensen_shannon') and value_count < 50 as is_too_few
    from bounded

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        chunk_grain,
        feature_name,
        metric_name as measure,
        case
            when reason is not null then reason
            when reference_count = 0 then 'no_reference'
            when is_too_few then 'too_few'
            when value > wanted_threshold and value <= chance_threshold then 'too_few'
        end as reason,

        -- numbers
        value,
        threshold,
        cast(reference_count as bigint) as reference_count,
        cast(value_count as bigint) as chunk_count,

        -- booleans
        is_reference,
        is_complete_chunk,
        case when is_complete_chunk and not is_too_few then value > threshold end as is_drifted,

        -- times
        chunk_start
    from judged

)

select * from final
