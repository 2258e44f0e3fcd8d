{%- set keys = [
    'model_id', 'version_id', 'segment_name', 'segment_value', 'metric_name', 'kind'
] -%}
with realised as (

    select * from {{ ref('int_ml_realised_measures') }}

),

estimated as (

    select * from {{ ref('int_ml_estimated_measures') }}

),

chunks as (

    select * from {{ ref('int_ml_chunks') }}

),

measures as (

    select
        *,
        'realised' as kind
    from realised
    union all
    select
        *,
        'estimated' as kind
    from estimated

),

chunk_measures as (

    select
        measures.*,
        chunks.is_reference
        and chunks.is_complete_chunk
        and (chunks.is_wholly_mature or measures.kind = 'estimated') as is_in_reference
    from measures
    inner join chunks
        on
            measures.model_id = chunks.model_id
            and measures.version_id = chunks.version_id
            and measures.chunk_start = chunks.chunk_start
            and measures.segment_name = chunks.segment_name
            and measures.segment_value = chunks.segment_value

),

{{ reference_bands('bands', 'chunk_measures', keys, is_reference='is_in_reference') }},

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        segment_name,
        segment_value,
        metric_name,
        kind,
        reason,

        -- numbers
        cast(reference_chunk_count as bigint) as reference_chunk_count,
        reference_mean,
        reference_lower as band_lower,
        reference_upper as band_upper
    from bands

)

select * from final
