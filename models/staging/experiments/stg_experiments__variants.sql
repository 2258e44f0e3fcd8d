with base_variants as (

    select * from {{ ref('base_experiments__variants') }}

),

accepted_variants as (

    select
        -- ids
        experiment_id,
        variant_id,

        -- numbers
        coalesce(stage, 1) as stage,
        planned_share,

        -- times
        loaded_at
    from base_variants
    where rejection_reasons is null

)

select * from accepted_variants
