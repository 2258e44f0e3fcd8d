with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

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
        {{ date_difference('day', 'days_covered.last_day', 'as_of.as_of_date') }} - 1
            as days_behind,
        gaps.gap_dimension
    from definitions
    cross join as_of
    left join days_covered on definitions.metric_name = days_covered.metric_name
    left join gaps on definitions.metric_name = gaps.metric_name

)

select * from final
