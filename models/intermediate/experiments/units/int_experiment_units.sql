with experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

exposures as (

    select * from {{ ref('stg_experiments__exposures') }}

),

rollout_stages as (

    select * from {{ ref('stg_experiments__rollout_stages') }}

),

variants as (

    select * from {{ ref('stg_experiments__variants') }}

),

past_units as (

    select * from {{ ref('int_experiment_past_units') }}

),

counted_exposures as (

    select
        exposures.experiment_id,
        exposures.unit_id,
        exposures.variant_id,
        exposures.exposed_at,
        row_number() over (
            partition by exposures.experiment_id, exposures.unit_id
            order by exposures.exposed_at, exposures.variant_id
        ) as place,
        first_value(exposures.variant_id) over (
            partition by exposures.experiment_id, exposures.unit_id
            order by exposures.exposed_at, exposures.variant_id
        ) as first_variant_id
    from exposures
    inner join experiments on exposures.experiment_id = experiments.experiment_id
    where
        exposures.exposed_at >= experiments.started_at
        and exposures.exposed_at < experiments.exposures_until

),

units as (

    select
        experiment_id,
        unit_id,
        max(case when place = 1 then variant_id end) as variant_id,
        min(exposed_at) as exposed_at,
        min(case when variant_id != first_variant_id then exposed_at end) as left_at
    from counted_exposures
    group by experiment_id, unit_id

),

stages_in_force as (

    -- the stage that had begun last
    select
        units.experiment_id,
        units.unit_id,
        max(rollout_stages.stage) as stage
    from units
    inner join rollout_stages
        on
            units.experiment_id = rollout_stages.experiment_id
            and units.exposed_at >= rollout_stages.started_at
    group by units.experiment_id, units.unit_id

),

staged as (

    select
        units.experiment_id,
        'exposed' as population,
        units.unit_id,
        units.variant_id,
        experiments.unit,
        coalesce(stages_in_force.stage, 1) as stage,
        experiments.longest_covariate_days,
        units.exposed_at,
        {{ local_date('units.exposed_at') }} as exposed_date,
        {{ local_date('units.left_at') }} as left_date,
        experiments.planned_end_at,
        experiments.last_day,
        experiments.has_open_window,
        {{ seconds_later('units.exposed_at', '86400 * experiments.longest_window_days') }}
            as window_until
    from units
    inner join experiments on units.experiment_id = experiments.experiment_id
    left join stages_in_force
        on
            units.experiment_id = stages_in_force.experiment_id
            and units.unit_id = stages_in_force.unit_id

),

planned as (

    select
        staged.*,
        case
            when staged.has_open_window then greatest(staged.planned_end_at, staged.window_until)
            else staged.window_until
        end as observed_until,
        coalesce(variants.planned_share > 0, false) as is_planned
    from staged
    left join variants
        on
            staged.experiment_id = variants.experiment_id
            and staged.stage = variants.stage
            and staged.variant_id = variants.variant_id

),

all_units as (

    select
        experiment_id,
        population,
        unit_id,
        variant_id,
        unit,
        stage,
        longest_covariate_days,
        exposed_at,
        exposed_date,
        left_date,
        planned_end_at,
        last_day,
        observed_until,
        is_planned
    from planned
    union all
    select
        experiment_id,
        'past' as population,
        unit_id,
        '(none)' as variant_id,
        unit,
        1 as stage,
        0 as longest_covariate_days,
        first_seen_at as exposed_at,
        first_seen_date as exposed_date,
        cast(null as date) as left_date,
        observed_until as planned_end_at,
        last_day,
        observed_until,
        false as is_planned
    from past_units

),

{{ with_segments('final', 'all_units', [ref('dim_users'), ref('fct_sessions')]) }}

select * from final
