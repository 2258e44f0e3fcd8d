with base_impressions as (

    select * from {{ ref('base_ml__impressions') }}

),

accepted_impressions as (

    select
        -- ids
        impression_id,
        request_id,
        model_id,
        version_id,
        user_id,
        item_id,

        -- numbers
        position,
        score,
        propensity,

        -- booleans
        is_clicked,

        -- times
        shown_at,
        loaded_at
    from base_impressions
    where rejection_reasons is null

)

select * from accepted_impressions
