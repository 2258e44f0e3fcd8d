with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

metric_values as (

    select * from {{ ref('metric_values') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_days as (

    select
        metric_name,
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
        count(*) as gap_count,
        min(sums_over_dimensions.dimension_name) as dimension_name
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

facts as (

    select
        definitions.*,
        last_days.last_day,
        as_of.as_of_date,
        coalesce(gaps.gap_count, 0) as gap_count,
        gaps.dimension_name as gap_dimension
    from definitions
    cross join as_of
    left join last_days on definitions.metric_name = last_days.metric_name
    left join gaps on definitions.metric_name = gaps.metric_name

),

checks as (

    -- accessible: found, understood and up to date
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_label_and_description' as rule,
        label is not null and description is not null and length(description) >= 20 as is_passed,
        'say in plain words what it counts: label, and a description of 20 letters or more' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_unit_and_grain' as rule,
        unit is not null and coalesce(grain in ('day', 'week', 'month'), false) as is_passed,
        'add config.meta.unit, and config.meta.grain as day, week or month' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'is_in_public_marts' as rule,
        private_models is null as is_passed,
        concat('read public marts only; not public: ', coalesce(private_models, '')) as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_no_personal_data' as rule,
        personal_columns is null as is_passed,
        concat('drop the personal columns: ', coalesce(personal_columns, '')) as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'is_fresh' as rule,
        coalesce(
            {{ dbt.datediff('last_day', 'as_of_date', 'day') }} - 1 <= freshness_sla_days, true
        ) as is_passed,
        concat(
            'load its raw tables (', coalesce(raw_tables, ''), ') or raise config.meta.freshness_sla_days; last day: ',
            coalesce(cast(last_day as string), 'none')
        ) as remedy
    from facts
    union all
    -- actionable: somebody owns it and knows what to do when it moves
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_owner' as rule,
        owner is not null as is_passed,
        'add config.meta.owner, a team''s or person''s address' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_tier' as rule,
        coalesce(tier between 1 and 3, false) as is_passed,
        'add config.meta.tier: 1 (steers the company), 2 (steers a team) or 3 (explains)' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_direction' as rule,
        coalesce(direction in ('up', 'down', 'none'), false) as is_passed,
        'add config.meta.direction: up, down or none' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_target' as rule,
        target is not null as is_passed,
        'add config.meta.target, a number at the metric''s own grain' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_ordered_alert_bounds' as rule,
        coalesce(alert_low < alert_high and target between alert_low and alert_high, false) as is_passed,
        'add config.meta.alert_low and alert_high with alert_low <= target <= alert_high' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_decision_and_action' as rule,
        decision is not null and action is not null as is_passed,
        'add config.meta.decision (which decision it serves) and action (what to do when it moves)' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_drill_dimensions' as rule,
        dimensions is not null as is_passed,
        'add config.meta.dimensions, such as [user__country]' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'dimensions_add_up' as rule,
        gap_count = 0 or additivity != 'additive' as is_passed,
        concat('its values by ', coalesce(gap_dimension, ''), ' do not add up to its total: mend the join or the dimension')
            as remedy
    from facts
    union all
    -- auditable: anybody can follow it back to raw rows, and sees when it changed
    select
        metric_name,
        path,
        'auditable' as pillar,
        'has_version_and_changelog' as rule,
        version is not null
        and coalesce(changelog like concat('%', cast(version as string), ' (%'), false) as is_passed,
        'add config.meta.version and a changelog line for it: "<version> (<date>): <what changed>"' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'has_status' as rule,
        coalesce(
            status in ('draft', 'active')
            or (status = 'deprecated' and replaced_by is not null and removed_on is not null), false
        ) as is_passed,
        'add config.meta.status: draft, active, or deprecated with replaced_by and removed_on' as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'ends_in_declared_sources' as rule,
        undeclared_roots is null and raw_tables is not null as is_passed,
        concat('let every ancestor start from raw(); without a source: ', coalesce(undeclared_roots, '')) as remedy
    from facts
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'reads_no_clock' as rule,
        clock_readers is null as is_passed,
        concat('use int_as_of instead of the clock in: ', coalesce(clock_readers, '')) as remedy
    from facts

),

final as (

    select
        metric_name,
        pillar,
        rule,
        is_passed,
        case
            when not is_passed
                then concat('metric ', metric_name, ' is not ', pillar, ' (', rule, '): ', remedy, ' [', path, ']')
        end as message
    from checks

)

select * from final
