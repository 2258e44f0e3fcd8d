with restatements as (

    select * from {{ ref('stg_history__metric_restatements') }}

),

final as (

    select
        metric_name,
        grain,
        period_start,
        cast(row_number() over (
            partition by metric_name, grain, period_start
            order by recorded_at, invocation_id
        ) as bigint) as restatement_number,
        old_value,
        new_value,
        relative_change,
        is_above_bound,
        cause,
        explanation,
        version,
        invocation_id,
        recorded_at as restated_at
    from restatements

)

select * from final
