with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}

),

anomalies as (

    select * from {{ ref('metric_anomalies') }}

),

judged_days as (

    select
        metric_name,
        date_day,
        is_anomaly,
        row_number() over (partition by metric_name order by date_day desc) as days_back
    from anomalies
    where reason is null

),

anomalies_found as (

    select
        metric_name,
        max(case when days_back = 1 then is_anomaly end) as is_anomaly,
        max(case when is_anomaly then date_day end) as last_anomaly_day
    from judged_days
    group by metric_name

),

-- each metric at the grain that it is steered by, whole periods only
periods as (

    select
        metric_values.metric_name,
        metric_values.grain,
        metric_values.period_start,
        metric_values.metric_value,
        row_number() over (
            partition by metric_values.metric_name
            order by metric_values.period_start desc
        ) as periods_back
    from metric_values
    inner join definitions
        on
            metric_values.metric_name = definitions.metric_name
            and metric_values.grain = definitions.grain
    where metric_values.dimension_name = 'total' and metric_values.is_complete_period

),

latest as (

    select
        *,
        case grain
            when 'day' then {{ add_days('period_start', -1) }}
            when 'week' then {{ add_days('period_start', -7) }}
            else {{ add_months('period_start', -1) }}
        end as previous_period_start,
        -- 364 days keep the weekday
        case grain
            when 'month' then {{ add_months('period_start', -12) }}
            else {{ add_days('period_start', -364) }}
        end as year_ago_period_start
    from periods
    where periods_back = 1

),

-- the slope of a straight line through the last 8 whole periods, relative to their mean
trends as (

    select
        metric_name,
        regr_slope(metric_value, cast(-periods_back as double)) / nullif(abs(avg(metric_value)), 0)
            as trend_per_period
    from periods
    where periods_back <= 8
    group by metric_name
    having count(metric_value) >= 3

),

compared as (

    select
        definitions.metric_name,
        definitions.label,
        definitions.owner,
        definitions.tier,
        definitions.unit,
        definitions.grain,
        definitions.direction,
        latest.period_start,
        latest.metric_value,
        previous.metric_value as previous_value,
        (latest.metric_value - previous.metric_value) / nullif(abs(previous.metric_value), 0)
            as relative_change,
        year_ago.metric_value as year_ago_value,
        (latest.metric_value - year_ago.metric_value) / nullif(abs(year_ago.metric_value), 0)
            as relative_change_on_year,
        definitions.target,
        latest.metric_value - definitions.target as target_gap,
        case definitions.direction
            when 'up' then latest.metric_value >= definitions.target
            when 'down' then latest.metric_value <= definitions.target
        end as is_on_target,
        definitions.alert_low,
        definitions.alert_high,
        case
            when latest.metric_value < definitions.alert_low then 'low'
            when latest.metric_value > definitions.alert_high then 'high'
            when latest.metric_value is not null then 'within'
        end as alert_status,
        trends.trend_per_period,
        case
            when trends.trend_per_period > 0.01 then 'rising'
            when trends.trend_per_period < -0.01 then 'falling'
            when trends.trend_per_period is not null then 'flat'
        end as trend,
        anomalies_found.is_anomaly,
        anomalies_found.last_anomaly_day
    from definitions
    left join latest on definitions.metric_name = latest.metric_name
    left join periods as previous
        on
            latest.metric_name = previous.metric_name
            and latest.previous_period_start = previous.period_start
    left join periods as year_ago
        on
            latest.metric_name = year_ago.metric_name
            and latest.year_ago_period_start = year_ago.period_start
    left join trends on definitions.metric_name = trends.metric_name
    left join anomalies_found on definitions.metric_name = anomalies_found.metric_name

)

select * from compared
