with months as (

    select * from {{ ref('int_request_months') }}

),

cells as (

    select * from {{ ref('int_request_cells') }}

),

asked as (

    select
        dimension_name,
        dimension_value,
        requested_month,
        count(*) as asked_count,
        count(case when is_repeated then 1 end) as repeated_count,
        count(case when kind = 'question' then 1 end) as question_count,
        count(case when kind = 'question' and answered_by = 'self_service' then 1 end)
            as self_service_count,
        count(case when kind = 'question' and answered_by = 'existing_asset' then 1 end)
            as existing_asset_count
    from cells
    group by dimension_name, dimension_value, requested_month

),

responded as (

    select
        dimension_name,
        dimension_value,
        first_response_month,
        {{ quantiles('first_response_hours', [0.5, 0.9]) }} as first_response_quantiles
    from cells
    where first_response_month is not null
    group by dimension_name, dimension_value, first_response_month

),

answered as (

    select
        dimension_name,
        dimension_value,
        answered_month,
        count(*) as answered_count,
        {{ quantiles('lead_time_hours', [0.5, 0.9]) }} as lead_time_quantiles,
        {{ quantiles('satisfaction', [0.5]) }} as satisfaction_quantiles
    from cells
    where answered_month is not null
    group by dimension_name, dimension_value, answered_month

),

abandoned as (

    select
        dimension_name,
        dimension_value,
        abandoned_month,
        count(*) as abandoned_count
    from cells
    where abandoned_month is not null
    group by dimension_name, dimension_value, abandoned_month

),

reopened as (

    select
        dimension_name,
        dimension_value,
        reopened_month,
        count(*) as reopened_count
    from cells
    where reopened_month is not null
    group by dimension_name, dimension_value, reopened_month

),

waiting as (

    select
        months.dimension_name,
        months.dimension_value,
        months.month_start,
        {{ date_difference('second', 'cells.requested_at', local_midnight('months.month_end')) }}
        / 3600.0e0 as open_age_hours
    from months
    inner join cells
        on
            months.dimension_name = cells.dimension_name
            and months.dimension_value = cells.dimension_value
            and months.month_end > cells.requested_date
            and (cells.closed_date is null or months.month_end <= cells.closed_date)

),

in_progress as (

    select
        dimension_name,
        dimension_value,
        month_start,
        count(*) as work_in_progress_count,
        {{ quantiles('open_age_hours', [0.5, 0.9]) }} as open_age_quantiles
    from waiting
    group by dimension_name, dimension_value, month_start

),

joined as (

    select
        months.dimension_name,
        months.dimension_value,
        coalesce(asked.asked_count, 0) as asked_count,
        coalesce(answered.answered_count, 0) as answered_count,
        coalesce(abandoned.abandoned_count, 0) as abandoned_count,
        coalesce(reopened.reopened_count, 0) as reopened_count,
        coalesce(asked.repeated_count, 0) as repeated_count,
        coalesce(in_progress.work_in_progress_count, 0) as work_in_progress_count,
        coalesce(asked.question_count, 0) as question_count,
        coalesce(asked.self_service_count, 0) as self_service_count,
        coalesce(asked.existing_asset_count, 0) as existing_asset_count,
        {{ list_item('responded.first_response_quantiles', 1) }} as first_response_hours_p50,
        {{ list_item('responded.first_response_quantiles', 2) }} as first_response_hours_p90,
        {{ list_item('answered.lead_time_quantiles', 1) }} as lead_time_hours_p50,
        {{ list_item('answered.lead_time_quantiles', 2) }} as lead_time_hours_p90,
        {{ list_item('in_progress.open_age_quantiles', 1) }} as open_age_hours_p50,
        {{ list_item('in_progress.open_age_quantiles', 2) }} as open_age_hours_p90,
        {{ list_item('answered.satisfaction_quantiles', 1) }} as satisfaction_p50,
        months.is_complete_month,
        months.month_start
    from months
    left join asked
        on
            months.dimension_name = asked.dimension_name
            and months.dimension_value = asked.dimension_value
            and months.month_start = asked.requested_month
    left join responded
        on
            months.dimension_name = responded.dimension_name
            and months.dimension_value = responded.dimension_value
            and months.month_start = responded.first_response_month
    left join answered
        on
            months.dimension_name = answered.dimension_name
            and months.dimension_value = answered.dimension_value
            and months.month_start = answered.answered_month
    left join abandoned
        on
            months.dimension_name = abandoned.dimension_name
            and months.dimension_value = abandoned.dimension_value
            and months.month_start = abandoned.abandoned_month
    left join reopened
        on
            months.dimension_name = reopened.dimension_name
            and months.dimension_value = reopened.dimension_value
            and months.month_start = reopened.reopened_month
    left join in_progress
        on
            months.dimension_name = in_progress.dimension_name
            and months.dimension_value = in_progress.dimension_value
            and months.month_start = in_progress.month_start

),

final as (

    select
        -- text
        dimension_name,
        dimension_value,
        nullif(concat_ws(
            ', ',
            case when question_count = 0 then 'no_questions_asked' end,
            case when first_response_hours_p50 is null then 'no_first_responses' end,
            case when answered_count = 0 then 'none_answered' end,
            case when work_in_progress_count = 0 then 'none_open' end,
            case when satisfaction_p50 is null then 'no_satisfaction' end
        ), '') as reason,

        -- numbers
        asked_count,
        answered_count,
        abandoned_count,
        reopened_count,
        repeated_count,
        work_in_progress_count,
        question_count,
        self_service_count,
        existing_asset_count,
        cast(self_service_count as double) / nullif(question_count, 0) as self_service_share,
        first_response_hours_p50,
        first_response_hours_p90,
        lead_time_hours_p50,
        lead_time_hours_p90,
        open_age_hours_p50,
        open_age_hours_p90,
        satisfaction_p50,

        -- booleans
        is_complete_month,

        -- times
        month_start
    from joined

)

select * from final
