with measures as (

    select * from {{ ref('int_ml_drift_measures') }}

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        chunk_grain,
        measure,
        reason,

        -- numbers
        value,
        threshold,
        reference_count,
        chunk_count,

        -- booleans
        is_reference,
        is_complete_chunk,
        is_drifted,

        -- times
        chunk_start
    from measures
    where feature_name = '(score)'

)

select * from final
