with versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

stage_events as (

    select * from {{ ref('stg_ml__model_stage_events') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- what was known at the end of the data; a version may enter a stage more than once
entered_stages as (

    select
        stage_events.model_id,
        stage_events.version_id,
        stage_events.stage,
        stage_events.occurred_at,
        row_number() over (
            partition by stage_events.model_id, stage_events.version_id
            order by stage_events.occurred_at desc, stage_events.stage_event_id desc
        ) as events_back
    from stage_events
    inner join as_of on cast(stage_events.occurred_at as date) < as_of.as_of_date

),

current_stages as (

    select
        model_id,
        version_id,
        stage,
        occurred_at
    from entered_stages
    where events_back = 1

),

first_entries as (

    select
        model_id,
        version_id,
        min(case when stage = 'Proposal' then occurred_at end) as proposed_at,
        min(case when stage = 'Development' then occurred_at end) as developed_at,
        min(case when stage = 'QA' then occurred_at end) as tested_at,
        min(case when stage = 'PreProduction' then occurred_at end) as staged_at,
        min(case when stage = 'Production' then occurred_at end) as launched_at,
        max(case when stage = 'Archived' then occurred_at end) as archived_at
    from entered_stages
    group by model_id, version_id

),

final as (

    select
        -- ids
        versions.model_id,
        versions.version_id,

        -- text
        coalesce(current_stages.stage, '(unknown)') as stage,

        -- numbers
        {{ date_difference('day', 'first_entries.proposed_at', 'first_entries.launched_at') }}
            as days_to_production,

        -- times
        current_stages.occurred_at as stage_entered_at,
        first_entries.proposed_at,
        first_entries.developed_at,
        first_entries.tested_at,
        first_entries.staged_at,
        first_entries.launched_at as production_at,
        first_entries.archived_at
    from versions
    left join current_stages
        on
            versions.model_id = current_stages.model_id
            and versions.version_id = current_stages.version_id
    left join first_entries
        on
            versions.model_id = first_entries.model_id
            and versions.version_id = first_entries.version_id

)

select * from final
