with analyses as (

    select * from {{ ref('int_experiment_analyses') }}

),

past_units as (

    select * from {{ ref('int_experiment_past_units') }}

),

unit_days as (

    select * from {{ ref('int_experiment_unit_days') }}
    where population = 'past'

),

past_counts as (

    select
        experiment_id,
        count(*) as past_unit_count
    from past_units
    group by experiment_id

),

unit_totals as (

    select
        experiment_id,
        metric_name,
        unit_id,
        cast(sum(y_added) as double) as y,
        cast(sum(d_added) as double) as d
    from unit_days
    group by experiment_id, metric_name, unit_id

),

unit_sums as (

    select
        experiment_id,
        metric_name,
        sum(y) as sum_y,
        sum(d) as sum_d,
        sum(y * y) as sum_yy,
        sum(y * d) as sum_yd,
        sum(d * d) as sum_dd
    from unit_totals
    group by experiment_id, metric_name

),

-- a sum per unit is a ratio whose denominator is 1 for each unit
sums as (

    select
        analyses.experiment_id,
        analyses.metric_name,
        analyses.value_scale / analyses.denominator_scale as scale,
        past_counts.past_unit_count,
        cast(past_counts.past_unit_count as double) as n,
        coalesce(unit_sums.sum_y, 0.0e0) as sum_y,
        coalesce(unit_sums.sum_yy, 0.0e0) as sum_yy,
        case
            when analyses.has_denominator then coalesce(unit_sums.sum_d, 0.0e0)
            else cast(past_counts.past_unit_count as double)
        end as sum_d,
        case
            when analyses.has_denominator then coalesce(unit_sums.sum_yd, 0.0e0)
            else coalesce(unit_sums.sum_y, 0.0e0)
        end as sum_yd,
        case
            when analyses.has_denominator then coalesce(unit_sums.sum_dd, 0.0e0)
            else cast(past_counts.past_unit_count as double)
        end as sum_dd
    from analyses
    inner join past_counts on analyses.experiment_id = past_counts.experiment_id
    left join unit_sums
        on
            analyses.experiment_id = unit_sums.experiment_id
            and analyses.metric_name = unit_sums.metric_name

),

ratios as (

    select
        *,
        sum_y / nullif(sum_d, 0) as ratio
    from sums

),

final as (

    select
        experiment_id,
        metric_name,
        past_unit_count,
        ratio * scale as baseline,
        (sum_yy - 2 * ratio * sum_yd + ratio * ratio * sum_dd)
        / nullif(n - 1, 0)
        / nullif(sum_d / n * (sum_d / n), 0)
        * scale * scale as variance
    from ratios

)

select * from final
