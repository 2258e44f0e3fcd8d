with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}

),

time_spine as (

    select * from {{ ref('time_spine') }}

),

incident_days as (

    select * from {{ ref('int_incident_days') }}

),

daily_totals as (

    select
        metric_name,
        period_start,
        metric_value,
        denominator,
        is_complete_period
    from metric_values
    where grain = 'day' and dimension_name = 'total'

),

first_days as (

    select
        metric_name,
        min(period_start) as first_day
    from daily_totals
    group by metric_name

),

-- what a metric's values are like follows from its definition
scaled as (

    select
        definitions.metric_name,
        first_days.first_day,
        definitions.additivity = 'additive' as is_additive,
        case
            when definitions.metric_type = 'conversion' or definitions.unit like 'share of %'
                then 'share'
            when definitions.metric_type = 'derived' and definitions.additivity != 'additive'
                then 'number'
            when
                definitions.metric_type in ('simple', 'cumulative')
                and (
                    definitions.formula like 'count%'
                    or definitions.formula like 'sum!_boolean%' escape '!'
                )
                then 'count'
            else 'amount'
        end as value_scale
    from definitions
    inner join first_days on definitions.metric_name = first_days.metric_name

),

-- where nothing was counted there is no row, and the count is 0
series as (

    select
        scaled.metric_name,
        time_spine.date_day,
        scaled.value_scale,
        coalesce(
            daily_totals.metric_value,
            case
                when
                    daily_totals.metric_name is null
                    and (scaled.value_scale = 'count' or scaled.is_additive)
                    then 0.0e0
            end
        ) as actual_value,
        daily_totals.denominator as sample_size,
        coalesce(daily_totals.is_complete_period, true) as is_complete,
        incident_days.date_day is not null as is_incident
    from scaled
    inner join time_spine on scaled.first_day <= time_spine.date_day
    left join daily_totals
        on
            scaled.metric_name = daily_totals.metric_name
            and time_spine.date_day = daily_totals.period_start
    left join incident_days
        on
            incident_days.affected_kind = 'metric'
            and scaled.metric_name = incident_days.affected_name
            and time_spine.date_day = incident_days.date_day

),

{{ score_anomalies('scored', 'series', ['metric_name']) }},

final as (

    select
        metric_name,
        date_day,
        actual_value,
        expected_value,
        lower_bound,
        upper_bound,
        score,
        is_anomaly,
        is_incident,
        reason
    from scored

)

select * from final
