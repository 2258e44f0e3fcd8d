with planned_sizes as (

    select * from {{ ref('int_experiment_planned_sizes') }}

),

past_units as (

    select * from {{ ref('int_experiment_past_units') }}

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
