with base_outcomes as (

    select * from {{ ref('base_ml__outcomes') }}

),

accepted_outcomes as (

    select
        -- ids
        prediction_id,

        -- numbers
        outcome_value,

        -- times
        occurred_at,
        loaded_at
    from base_outcomes
    where rejection_reasons is null

)

select * from accepted_outcomes
