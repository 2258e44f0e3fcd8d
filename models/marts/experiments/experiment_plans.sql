with analyses as (

    select * from {{ ref('int_experiment_analyses') }}

),

experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

arms as (

    select * from {{ ref('int_experiment_arms') }}

),

past_units as (

    select * from {{ ref('int_experiment_past_units') }}

),

unit_days as (

    select * from {{ ref('int_experiment_unit_days') }}
    where population = 'past'

),

last_stages as (

    select
        experiment_id,
        max(stage) as stage
    from arms
    group by experiment_id

),

-- the pair of the control and its smallest treatment asks for the most units
shares as (

    select
        arms.experiment_id,
        max(arms.traffic_share) as traffic_share,
        sum(arms.planned_share) as all_shares,
        max(case when arms.is_control then arms.planned_share end) as control_share,
        min(
            case
                when not arms.is_control and arms.planned_share > 0 then arms.planned_share
            end
        ) as treatment_share
    from arms
    inner join last_stages
        on
            arms.experiment_id = last_stages.experiment_id
            and arms.stage = last_stages.stage
    group by arms.experiment_id

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

baselines as (

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

),

targets as (

    select
        analyses.experiment_id,
        analyses.metric_name,
        analyses.role,
        analyses.window_days,
        analyses.minimum_detectable_effect,
        experiments.alpha,
        -- every guardrail has to be shown safe beside the primary
        1 - (1 - experiments.power) / (
            1 + count(case when analyses.role = 'guardrail' then 1 end) over (
                partition by analyses.experiment_id
            )
        ) as power,
        {{ date_difference('day', 'experiments.started_date', 'experiments.planned_end_date') }}
            as planned_days,
        shares.traffic_share,
        shares.all_shares / shares.control_share
        + shares.all_shares / shares.treatment_share as share_factor
    from analyses
    inner join experiments on analyses.experiment_id = experiments.experiment_id
    inner join shares on analyses.experiment_id = shares.experiment_id

),

{{ noncentrality('solved_targets', 'targets') }},

planned_sizes as (

    select
        solved_targets.*,
        baselines.past_unit_count,
        baselines.baseline,
        baselines.variance,
        ceil(
            solved_targets.noncentrality * solved_targets.noncentrality
            * baselines.variance * solved_targets.share_factor
            / nullif(
                solved_targets.minimum_detectable_effect
                * solved_targets.minimum_detectable_effect
                * baselines.baseline * baselines.baseline,
                0
            )
        ) as sample_size
    from solved_targets
    left join baselines
        on
            solved_targets.experiment_id = baselines.experiment_id
            and solved_targets.metric_name = baselines.metric_name

),

-- how many distinct units the past weeks had brought by their t-th day
arrivals as (

    select
        experiment_id,
        {{ date_difference('day', 'first_date', 'first_seen_date') }} + 1 as day_number,
        count(*) as new_units
    from past_units
    group by experiment_id, {{ date_difference('day', 'first_date', 'first_seen_date') }} + 1

),

arrived as (

    select
        experiment_id,
        day_number,
        sum(new_units) over (
            partition by experiment_id
            order by day_number
            rows between unbounded preceding and current row
        ) as unit_count
    from arrivals

),

durations as (

    select
        planned_sizes.experiment_id,
        planned_sizes.metric_name,
        min(
            case
                when arrived.unit_count * planned_sizes.traffic_share >= planned_sizes.sample_size
                    then arrived.day_number
            end
        ) as collecting_days,
        max(
            case when arrived.day_number <= planned_sizes.planned_days then arrived.unit_count end
        ) * max(planned_sizes.traffic_share) as reachable_units
    from planned_sizes
    inner join arrived on planned_sizes.experiment_id = arrived.experiment_id
    group by planned_sizes.experiment_id, planned_sizes.metric_name

),

final as (

    select
        -- ids
        planned_sizes.experiment_id,
        planned_sizes.metric_name,

        -- text
        planned_sizes.role,
        case
            when planned_sizes.past_unit_count is null then 'no_units'
            when planned_sizes.baseline is null then 'denominator_zero'
            when planned_sizes.baseline = 0 then 'no_events'
            when planned_sizes.variance is null then 'one_unit'
            when planned_sizes.variance = 0 then 'zero_variance'
            when planned_sizes.minimum_detectable_effect is null then 'no_effect_registered'
            when durations.collecting_days is null then 'not_reached_in_8_weeks'
        end as reason,

        -- numbers
        coalesce(planned_sizes.past_unit_count, 0) as past_unit_count,
        planned_sizes.baseline,
        planned_sizes.variance,
        planned_sizes.minimum_detectable_effect,
        planned_sizes.alpha,
        planned_sizes.power,
        planned_sizes.traffic_share,
        cast(planned_sizes.sample_size as bigint) as sample_size,
        cast(
            7 * ceil(durations.collecting_days / 7.0e0) + coalesce(planned_sizes.window_days, 0)
            as bigint
        ) as needed_days,
        planned_sizes.planned_days,
        cast(floor(durations.reachable_units) as bigint) as reachable_units,
        planned_sizes.noncentrality
        * sqrt(
            planned_sizes.variance * planned_sizes.share_factor
            / nullif(durations.reachable_units, 0)
        )
        / nullif(abs(planned_sizes.baseline), 0) as reachable_effect
    from planned_sizes
    left join durations
        on
            planned_sizes.experiment_id = durations.experiment_id
            and planned_sizes.metric_name = durations.metric_name

)

select * from final
