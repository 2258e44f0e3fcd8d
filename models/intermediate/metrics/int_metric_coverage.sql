with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}

),

raw_tables_loaded as (

    select * from {{ ref('int_raw_tables_loaded') }}

),

days_covered as (

    select
        metric_name,
        min(period_start) as first_day,
        max(period_start) as last_day
    from metric_values
    where grain = 'day' and dimension_name = 'total'
    group by metric_name

),

-- a metric is as fresh as the raw table of its events that was loaded longest ago
freshness as (

    select
        definitions.metric_name,
        max(raw_tables_loaded.days_behind) as days_behind
    from definitions
    inner join raw_tables_loaded
        on
            concat(', ', definitions.raw_tables, ',')
            like concat('%, ', raw_tables_loaded.raw_table, ',%')
    group by definitions.metric_name

),

totals as (

    select
        metric_name,
        grain,
        period_start,
        metric_value
    from metric_values
    where dimension_name = 'total'

),

sums_over_dimensions as (

    select
        metric_name,
        grain,
        period_start,
        dimension_name,
        sum(metric_value) as metric_value
    from metric_values
    where dimension_name != 'total'
    group by metric_name, grain, period_start, dimension_name

),

gaps as (

    select
        sums_over_dimensions.metric_name,
        min(sums_over_dimensions.dimension_name) as gap_dimension
    from sums_over_dimensions
    inner join totals
        on
            sums_over_dimensions.metric_name = totals.metric_name
            and sums_over_dimensions.grain = totals.grain
            and sums_over_dimensions.period_start = totals.period_start
    where
        abs(sums_over_dimensions.metric_value - totals.metric_value)
        > 1.0e-9 * greatest(1, abs(totals.metric_value))
    group by sums_over_dimensions.metric_name

),

final as (

    select
        definitions.metric_name,
        days_covered.first_day,
        days_covered.last_day,
        freshness.days_behind,
        gaps.gap_dimension
    from definitions
    left join days_covered on definitions.metric_name = days_covered.metric_name
    left join freshness on definitions.metric_name = freshness.metric_name
    left join gaps on definitions.metric_name = gaps.metric_name

)

select * from final
