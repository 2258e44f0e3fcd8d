with definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

checks as (

    select * from {{ ref('int_metric_checks') }}

),

coverage as (

    select * from {{ ref('int_metric_coverage') }}

),

checks_counted as (

    select
        metric_name,
        count(*) as check_count,
        count(case when is_passed then 1 end) as passed_check_count,
        count(case when pillar = 'accessible' and not is_passed then 1 end) = 0 as is_accessible,
        count(case when pillar = 'actionable' and not is_passed then 1 end) = 0 as is_actionable,
        count(case when pillar = 'auditable' and not is_passed then 1 end) = 0 as is_auditable
    from checks
    group by metric_name

),

final as (

    select
        -- what it is
        definitions.metric_name,
        definitions.label,
        definitions.description,
        definitions.metric_type,
        definitions.formula,
        definitions.unit,
        definitions.grain,
        definitions.dimensions,
        definitions.additivity,

        -- who answers for it
        definitions.owner,
        definitions.tier,
        definitions.status,
        definitions.replaced_by,
        definitions.removed_on,
        definitions.version,
        definitions.changelog,

        -- what it is for
        definitions.direction,
        definitions.target,
        definitions.alert_low,
        definitions.alert_high,
        definitions.decision,
        definitions.action,

        -- where it comes from, and how far it reaches
        definitions.models,
        definitions.raw_tables,
        coverage.first_day,
        coverage.last_day,
        coverage.days_behind,
        definitions.freshness_sla_days,

        -- accessible, actionable, auditable
        checks_counted.is_accessible,
        checks_counted.is_actionable,
        checks_counted.is_auditable,
        checks_counted.check_count,
        checks_counted.passed_check_count
    from definitions
    left join coverage on definitions.metric_name = coverage.metric_name
    left join checks_counted on definitions.metric_name = checks_counted.metric_name

)

select * from final
