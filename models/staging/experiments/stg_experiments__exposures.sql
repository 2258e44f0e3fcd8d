with base_exposures as (

    select * from {{ ref('base_experiments__exposures') }}

),

accepted_exposures as (

    select
        -- ids
        experiment_id,
        unit_id,
        variant_id,

        -- times
        exposed_at,
        loaded_at
    from base_exposures
    where rejection_reasons is null

)

select * from accepted_exposures
