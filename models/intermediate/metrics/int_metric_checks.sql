with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

coverage as (

    select * from {{ ref('int_metric_coverage') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

metrics as (

    select
        definitions.*,
        coverage.days_behind,
        as_of.as_of_date,
        case when definitions.additivity = 'additive' then coverage.gap_dimension end
            as gap_dimension
    from definitions
    cross join as_of
    left join coverage on definitions.metric_name = coverage.metric_name

),

checks as (

    -- accessible: found, understood and up to date
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_label_and_description' as check_name,
        'say in plain words what it counts: label, and description (20 letters or more)' as remedy,
        label is not null and coalesce(length(description) >= 20, false) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_unit_and_grain' as check_name,
        'add config.meta.unit, and config.meta.grain as day, week or month' as remedy,
        unit is not null and coalesce(grain in ('day', 'week', 'month'), false) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'is_in_public_marts' as check_name,
        concat('read public marts only; not public: ', coalesce(private_models, '')) as remedy,
        private_models is null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'has_no_personal_data' as check_name,
        concat('drop the personal columns: ', coalesce(personal_columns, '')) as remedy,
        personal_columns is null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'accessible' as pillar,
        'is_fresh' as check_name,
        concat(
            'one of ', coalesce(raw_tables, ''), ' was last loaded ',
            coalesce(cast(days_behind as string), '0'), ' days before the end of the data; ',
            'load it or raise config.meta.freshness_sla_days'
        ) as remedy,
        coalesce(days_behind <= freshness_sla_days, true) as is_passed
    from metrics
    union all
    -- actionable: somebody owns it and knows what to do when it moves
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_owner' as check_name,
        'add config.meta.owner, the address of a team or person' as remedy,
        owner is not null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_tier' as check_name,
        'add config.meta.tier: 1 steers the company, 2 steers a team, 3 explains' as remedy,
        coalesce(tier between 1 and 3, false) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_direction' as check_name,
        'add config.meta.direction: up, down or none' as remedy,
        coalesce(direction in ('up', 'down', 'none'), false) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_target' as check_name,
        'add config.meta.target, a number at its own grain' as remedy,
        target is not null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_ordered_alert_bounds' as check_name,
        'add config.meta.alert_low and alert_high, with alert_low < alert_high' as remedy,
        coalesce(alert_low < alert_high, false) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_decision_and_action' as check_name,
        'add config.meta.decision (what it decides) and action (when it moves)' as remedy,
        decision is not null and action is not null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'has_drill_dimensions' as check_name,
        'add config.meta.dimensions, such as [user__country]' as remedy,
        dimensions is not null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'actionable' as pillar,
        'dimensions_add_up' as check_name,
        concat(
            'its values by ', coalesce(gap_dimension, ''),
            ' do not add up to its total; mend the join or the dimension'
        ) as remedy,
        gap_dimension is null as is_passed
    from metrics
    union all
    -- auditable: anybody can follow it back to raw rows, and sees when it changed
    select
        metric_name,
        path,
        'auditable' as pillar,
        'has_version_and_changelog' as check_name,
        'add config.meta.version and a changelog line "<version> (<date>): <change>"' as remedy,
        coalesce(
            concat('; ', changelog) like concat('%; ', cast(version as string), ' (%'), false
        ) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'has_status' as check_name,
        'set config.meta.status: draft, active or deprecated (+ replaced_by, removed_on)' as remedy,
        coalesce(
            status in ('draft', 'active')
            or (status = 'deprecated' and replaced_by is not null and removed_on is not null),
            false
        ) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'is_not_past_removal' as check_name,
        concat(
            'it was to go on ', coalesce(cast(removed_on as string), ''), ', use ',
            coalesce(replaced_by, ''), '; remove it or move config.meta.removed_on'
        ) as remedy,
        coalesce(removed_on >= as_of_date, true) as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'ends_in_declared_sources' as check_name,
        concat('let every ancestor start from raw(): ', coalesce(undeclared_roots, '')) as remedy,
        undeclared_roots is null and raw_tables is not null as is_passed
    from metrics
    union all
    select
        metric_name,
        path,
        'auditable' as pillar,
        'reads_no_clock' as check_name,
        concat('use int_as_of instead of the clock in: ', coalesce(clock_readers, '')) as remedy,
        clock_readers is null as is_passed
    from metrics

),

final as (

    select
        metric_name,
        pillar,
        check_name,
        is_passed,
        concat(
            'metric ', metric_name, ' is not ', pillar, ' (', check_name, '): ', remedy,
            ' [', path, ']'
        ) as message
    from checks

)

select * from final
