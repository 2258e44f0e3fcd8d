with requests as (

    select * from {{ ref('int_team_requests_attributed') }}

),

rates as (

    select * from {{ ref('int_operating_model_rates') }}

),

operating_models (operating_model) as (

    values ('centralised'), ('distributed'), ('hybrid'), ('(none)')

),

measures (measure, method, no_value_reason) as (

    values
    ('lead_time_hours_p50', 'order_statistics', 'no_requests'),
    ('first_response_hours_p50', 'order_statistics', 'no_requests'),
    ('satisfaction_mean', 'student', 'no_answers'),
    ('open_share', 'wilson', 'no_requests'),
    ('reopened_share', 'wilson', 'no_answers'),
    ('reuse_share', 'wilson', 'no_answers'),
    ('attrition_per_year', 'poisson', 'no_member_days'),
    ('knowledge_shared', 'poisson', 'no_member_days'),
    ('duplicated_metric_count', 'none', 'not_recorded')

),

listed as (

    select
        operating_models.operating_model,
        measures.measure,
        measures.method,
        measures.no_value_reason
    from operating_models
    cross join measures

),

waits as (

    select
        operating_model,
        'lead_time_hours_p50' as measure,
        lead_time_hours as waited_hours
    from requests
    union all
    select
        operating_model,
        'first_response_hours_p50' as measure,
        first_response_hours as waited_hours
    from requests

),

{{ median_interval('medians', 'waits', ['operating_model', 'measure'], 'waited_hours') }},

{{ mean_interval('means', 'requests', ['operating_model'], 'satisfaction') }},

counted as (

    select
        operating_model,
        'open_share' as measure,
        count(case when is_open then 1 end) as success_count,
        count(*) as unit_count
    from requests
    group by operating_model
    union all
    select
        operating_model,
        'reopened_share' as measure,
        count(case when is_reopened then 1 end) as success_count,
        count(case when is_answered or is_reopened then 1 end) as unit_count
    from requests
    group by operating_model
    union all
    select
        operating_model,
        'reuse_share' as measure,
        count(case when is_reused then 1 end) as success_count,
        count(case when is_answered then 1 end) as unit_count
    from requests
    group by operating_model

),

bounded_rates as (

    select
        *,
        {{ poisson_bound('event_count', 'low') }} as count_low,
        {{ poisson_bound('event_count', 'high') }} as count_high
    from rates

),

measured as (

    select
        operating_model,
        measure,
        median as measured_value,
        median_low as low,
        median_high as high,
        value_count as unit_count,
        cast(null as double) as member_years,
        cast(null as string) as reason
    from medians
    union all
    select
        operating_model,
        'satisfaction_mean' as measure,
        mean as measured_value,
        mean_low as low,
        mean_high as high,
        value_count as unit_count,
        cast(null as double) as member_years,
        cast(null as string) as reason
    from means
    union all
    select
        operating_model,
        measure,
        cast(success_count as double) / nullif(unit_count, 0) as measured_value,
        {{ wilson_bound('success_count', 'unit_count', 'low') }} as low,
        {{ wilson_bound('success_count', 'unit_count', 'high') }} as high,
        unit_count,
        cast(null as double) as member_years,
        cast(null as string) as reason
    from counted
    union all
    select
        operating_model,
        measure,
        case when reason is null then event_count / nullif(member_years, 0) end as measured_value,
        case when reason is null then count_low / nullif(member_years, 0) end as low,
        case when reason is null then count_high / nullif(member_years, 0) end as high,
        event_count as unit_count,
        member_years,
        reason
    from bounded_rates

),

final as (

    select
        -- ids
        listed.operating_model,
        listed.measure,

        -- text
        listed.method,
        case
            when measured.measured_value is null
                then coalesce(measured.reason, listed.no_value_reason)
        end as reason,
        case
            when measured.measured_value is null or measured.low is not null then null
            when listed.method = 'order_statistics' then 'fewer_than_6'
            when measured.unit_count < 2 then 'fewer_than_2'
            else 'zero_variance'
        end as interval_reason,
        'Teams were not drawn by lot: what differs between them may be their work, their people '
        || 'or who asks, not how they are set up.' as caveat,

        -- numbers
        measured.measured_value as value,
        measured.low,
        measured.high,
        coalesce(measured.unit_count, 0) as unit_count,
        measured.member_years,

        -- booleans
        true as is_observational
    from listed
    left join measured
        on
            listed.operating_model = measured.operating_model
            and listed.measure = measured.measure

)

select * from final
