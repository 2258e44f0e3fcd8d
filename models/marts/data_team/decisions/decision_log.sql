with decisions as (

    select * from {{ ref('int_decisions_judged') }}

),

final as (

    select
        -- ids
        decision_id,

        -- text
        title,
        owner,
        department,
        claimed_mode,
        mode,
        reason,
        rule,
        expected_effect,
        outcome,
        review_status,

        -- numbers
        accepted_link_count,
        rejected_link_count,

        -- booleans
        is_downgraded,

        -- times
        decided_at,
        {{ local_date('decided_at') }} as decided_date,
        rule_recorded_at,
        data_through,
        review_on,
        reviewed_at
    from decisions

)

select * from final
