with links as (

    select * from {{ ref('int_decisions_linked') }}

),

final as (

    select
        -- ids
        decision_id,
        link_id,

        -- text
        link_type,
        case when rejection_reason is null then 'accepted' else 'rejected' end as status,
        rejection_reason as reason,
        metric_grain,
        value_reason,
        experiment_recommendation,
        experiment_decision,
        model_owner,

        -- numbers
        metric_version,
        metric_value_then,
        metric_value_published,
        (metric_value_then - metric_value_published) / nullif(abs(metric_value_published), 0)
            as relative_difference,

        -- times
        metric_period_start,
        experiment_decided_at
    from links

)

select * from final
