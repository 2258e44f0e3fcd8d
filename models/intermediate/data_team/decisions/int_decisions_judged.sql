with decisions as (

    select * from {{ ref('stg_data_team__decisions') }}

),

links as (

    select * from {{ ref('int_decisions_linked') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

counted_links as (

    select
        decision_id,
        count(case when rejection_reason is null then 1 end) as accepted_link_count,
        count(rejection_reason) as rejected_link_count
    from links
    group by decision_id

),

-- the first thing that is missing for a rule to have decided
missed as (

    select
        decisions.*,
        coalesce(counted_links.accepted_link_count, 0) as accepted_link_count,
        coalesce(counted_links.rejected_link_count, 0) as rejected_link_count,
        case
            when coalesce(counted_links.accepted_link_count, 0) = 0 then 'no_accepted_link'
            when decisions.rule is null then 'no_rule'
            when decisions.rule_recorded_at is null then 'rule_without_date'
            when decisions.data_through is null then 'no_data_through'
            when {{ local_date('decisions.rule_recorded_at') }} >= decisions.data_through
                then 'rule_not_before_data'
            when decisions.rule_recorded_at >= decisions.decided_at
                then 'rule_not_before_decision'
        end as reason
    from decisions
    left join counted_links on decisions.decision_id = counted_links.decision_id

),

judged as (

    select
        *,
        case
            when reason is null then 'data_driven'
            when accepted_link_count > 0 then 'data_informed'
            else 'other'
        end as mode
    from missed

),

final as (

    select
        judged.decision_id,
        judged.title,
        judged.owner,
        judged.department,
        judged.claimed_mode,
        judged.mode,
        judged.reason,
        judged.rule,
        judged.expected_effect,
        judged.outcome,
        case
            when judged.reviewed_at is not null then 'reviewed'
            when judged.review_on is null then 'not_planned'
            when judged.review_on >= as_of.as_of_date then 'not_due'
            when {{ add_days('judged.review_on', 7) }} >= as_of.as_of_date then 'due'
            else 'overdue'
        end as review_status,
        judged.accepted_link_count,
        judged.rejected_link_count,
        case judged.claimed_mode
            when 'data_driven' then judged.mode != 'data_driven'
            when 'data_informed' then judged.mode = 'other'
            else false
        end as is_downgraded,
        judged.rule_recorded_at,
        judged.data_through,
        judged.decided_at,
        judged.review_on,
        judged.reviewed_at
    from judged
    cross join as_of

)

select * from final
