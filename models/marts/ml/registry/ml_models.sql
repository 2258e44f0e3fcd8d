with models as (

    select * from {{ ref('int_ml_models_counted') }}

),

versions as (

    select * from {{ ref('ml_model_versions') }}

),

launches as (

    select * from {{ ref('ml_launches') }}

),

-- the version that answers: of those that are live, the one launched last
live_launches as (

    select
        model_id,
        version_id,
        launched_at,
        gate_status,
        row_number() over (
            partition by model_id
            order by launched_at desc, launch_id desc
        ) as launches_back
    from launches
    where is_live and coalesce(role, '(unknown)') != 'shadow'

),

launched_models as (

    select
        model_id,
        count(*) as launch_count
    from launches
    group by model_id

),

final as (

    select
        -- ids
        models.model_id,
        live_launches.version_id as live_version_id,
        models.baseline_version_id,

        -- text
        models.title,
        models.hypothesis,
        models.owner,
        models.team,
        models.task,
        models.entity,
        models.validation_metric,
        models.chunk_grain,
        case
            when live_launches.version_id is not null then 'live'
            when launched_models.launch_count > 0 then 'retired'
            when models.version_count > 0 then 'developed'
            else 'proposed'
        end as status,
        live_launches.gate_status as live_gate_status,

        -- numbers
        models.label_window_days,
        models.decision_threshold,
        models.max_age_days,
        models.psi_threshold,
        models.minimum_gain,
        live_versions.age_days as live_age_days,
        models.version_count,
        models.effort_days,

        -- booleans
        models.has_owner,
        models.has_baseline,

        -- times
        models.registered_at,
        live_launches.launched_at as live_since_at
    from models
    left join launched_models on models.model_id = launched_models.model_id
    left join live_launches
        on models.model_id = live_launches.model_id and live_launches.launches_back = 1
    left join versions as live_versions
        on
            live_launches.model_id = live_versions.model_id
            and live_launches.version_id = live_versions.version_id

)

select * from final
