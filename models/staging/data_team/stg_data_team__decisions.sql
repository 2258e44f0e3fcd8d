with base_decisions as (

    select * from {{ ref('base_data_team__decisions') }}

),

accepted_decisions as (

    select
        -- ids
        decision_id,
        experiment_id,
        model_id,

        -- text
        title,
        owner,
        department,
        claimed_mode,
        rule,
        metric_name,
        expected_effect,
        outcome,

        -- numbers
        metric_version,
        metric_value,

        -- times
        decided_at,
        rule_recorded_at,
        data_through,
        review_on,
        reviewed_at,
        loaded_at
    from base_decisions
    where rejection_reasons is null

)

select * from accepted_decisions
