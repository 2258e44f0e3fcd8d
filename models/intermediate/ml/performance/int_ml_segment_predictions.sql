with predictions as (

    select * from {{ ref('int_ml_calibrated_predictions') }}

),

segment_predictions as (

    select
        *,
        'total' as segment_name,
        'total' as segment_value
    from predictions
    union all
    select
        *,
        'segment' as segment_name,
        segment as segment_value
    from predictions
    where segment is not null

)

select * from segment_predictions
