with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

units as (

    select * from {{ ref('int_experiment_units') }}

),

variants as (

    select * from {{ ref('stg_experiments__variants') }}

),

counted_units as (

    select
        units.*,
        units.left_date is not null and units.left_date <= snapshots.snapshot_day as has_left
    from units
    inner join snapshots on units.experiment_id = snapshots.experiment_id
    where units.population = 'exposed' and units.exposed_date <= snapshots.snapshot_day

),

-- all units, and those that stay in the readout, tell a broken split from a broken log
samples as (

    select
        'sample_ratio' as check_name,
        experiment_id,
        stage,
        variant_id,
        count(*) as unit_count
    from counted_units
    where not has_left
    group by experiment_id, stage, variant_id
    union all
    select
        'sample_ratio_all_units' as check_name,
        experiment_id,
        stage,
        variant_id,
        count(*) as unit_count
    from counted_units
    group by experiment_id, stage, variant_id

),

check_names (check_name) as (

    values ('sample_ratio'), ('sample_ratio_all_units')

),

planned_arms as (

    select
        check_names.check_name,
        variants.experiment_id,
        variants.stage,
        variants.variant_id,
        variants.planned_share
    from variants
    cross join check_names
    where variants.planned_share > 0

),

observed_arms as (

    select
        planned_arms.*,
        coalesce(samples.unit_count, 0) as observed,
        sum(coalesce(samples.unit_count, 0)) over stages as stage_units,
        sum(planned_arms.planned_share) over stages as stage_share,
        count(*) over stages as arm_count,
        row_number() over (
            partition by
                planned_arms.check_name, planned_arms.experiment_id, planned_arms.stage
            order by planned_arms.variant_id
        ) as place
    from planned_arms
    left join samples
        on
            planned_arms.check_name = samples.check_name
            and planned_arms.experiment_id = samples.experiment_id
            and planned_arms.stage = samples.stage
            and planned_arms.variant_id = samples.variant_id
    window stages as (
        partition by planned_arms.check_name, planned_arms.experiment_id, planned_arms.stage
    )

),

ratio_cells as (

    select
        check_name,
        experiment_id,
        cast(stage as string) as stage,
        observed,
        stage_units * planned_share / stage_share as expected,
        arm_count - 1 as degrees_of_freedom
    from observed_arms
    where stage_units > 0
    union all
    select
        check_name,
        experiment_id,
        'all' as stage,
        observed,
        stage_units * planned_share / stage_share as expected,
        sum(case when place = 1 then arm_count - 1 else 0 end) over (
            partition by check_name, experiment_id
        ) as degrees_of_freedom
    from observed_arms
    where stage_units > 0

),

{{ chi_square_test('ratios', 'ratio_cells', ['check_name', 'experiment_id', 'stage']) }},

-- whether those who met a second variant had met one of the two first more often than the other
first_variants as (

    select
        experiment_id,
        variant_id,
        count(*) as unit_count,
        count(case when has_left then 1 end) as left_count
    from counted_units
    where is_planned
    group by experiment_id, variant_id

),

left_shares as (

    select
        *,
        sum(unit_count) over experiments as all_units,
        sum(left_count) over experiments as all_left,
        count(*) over experiments as arm_count
    from first_variants
    window experiments as (partition by experiment_id)

),

crossover_cells as (

    select
        experiment_id,
        left_count as observed,
        cast(unit_count as double) * all_left / all_units as expected,
        arm_count - 1 as degrees_of_freedom
    from left_shares
    union all
    select
        experiment_id,
        unit_count - left_count as observed,
        cast(unit_count as double) * (all_units - all_left) / all_units as expected,
        arm_count - 1 as degrees_of_freedom
    from left_shares

),

{{ chi_square_test('crossovers', 'crossover_cells', ['experiment_id']) }},

-- whether the arms of a stage are made of the same segments
segment_units as (
    {{ units_by_segment('counted_units') }}

),

segment_values as (

    select
        experiment_id,
        stage,
        segment_name,
        segment_value,
        count(*) as value_units
    from segment_units
    group by experiment_id, stage, segment_name, segment_value

),

segment_arms as (

    select
        experiment_id,
        stage,
        segment_name,
        variant_id,
        count(*) as arm_units
    from segment_units
    group by experiment_id, stage, segment_name, variant_id

),

segment_stages as (

    select
        segment_values.experiment_id,
        segment_values.stage,
        segment_values.segment_name,
        count(*) as value_count,
        sum(segment_values.value_units) as stage_units
    from segment_values
    group by segment_values.experiment_id, segment_values.stage, segment_values.segment_name

),

arm_counts as (

    select
        experiment_id,
        stage,
        segment_name,
        count(*) as arm_count
    from segment_arms
    group by experiment_id, stage, segment_name

),

mix_freedoms as (

    select
        segment_stages.experiment_id,
        segment_stages.segment_name,
        sum((segment_stages.value_count - 1) * (arm_counts.arm_count - 1)) as degrees_of_freedom
    from segment_stages
    inner join arm_counts
        on
            segment_stages.experiment_id = arm_counts.experiment_id
            and segment_stages.stage = arm_counts.stage
            and segment_stages.segment_name = arm_counts.segment_name
    group by segment_stages.experiment_id, segment_stages.segment_name

),

observed_segments as (

    select
        experiment_id,
        stage,
        segment_name,
        segment_value,
        variant_id,
        count(*) as observed
    from segment_units
    group by experiment_id, stage, segment_name, segment_value, variant_id

),

mix_cells as (

    select
        segment_values.experiment_id,
        segment_values.segment_name,
        coalesce(observed_segments.observed, 0) as observed,
        cast(segment_values.value_units as double) * segment_arms.arm_units
        / segment_stages.stage_units as expected,
        mix_freedoms.degrees_of_freedom
    from segment_values
    inner join segment_arms
        on
            segment_values.experiment_id = segment_arms.experiment_id
            and segment_values.stage = segment_arms.stage
            and segment_values.segment_name = segment_arms.segment_name
    inner join segment_stages
        on
            segment_values.experiment_id = segment_stages.experiment_id
            and segment_values.stage = segment_stages.stage
            and segment_values.segment_name = segment_stages.segment_name
    inner join mix_freedoms
        on
            segment_values.experiment_id = mix_freedoms.experiment_id
            and segment_values.segment_name = mix_freedoms.segment_name
    left join observed_segments
        on
            segment_values.experiment_id = observed_segments.experiment_id
            and segment_values.stage = observed_segments.stage
            and segment_values.segment_name = observed_segments.segment_name
            and segment_values.segment_value = observed_segments.segment_value
            and segment_arms.variant_id = observed_segments.variant_id

),

{{ chi_square_test('mixes', 'mix_cells', ['experiment_id', 'segment_name']) }},

strangers as (

    select
        experiment_id,
        count(*) as unit_count,
        count(case when not is_planned then 1 end) as unplanned_count,
        count(case when has_left then 1 end) as left_count,
        min(case when not is_planned then variant_id end) as unplanned_variant_id
    from counted_units
    group by experiment_id

),

final as (

    select
        ratios.experiment_id,
        ratios.check_name,
        ratios.stage,
        'total' as segment_name,
        ratios.statistic,
        ratios.p_value,
        case
            when ratios.p_value < 0.001 then 'failed'
            when ratios.p_value is null then 'not_available'
            else 'passed'
        end as status,
        case
            when ratios.p_value < 0.001
                then 'units do not come in the planned shares; find out where they get lost'
            when ratios.p_value is null then 'too few units to tell'
            else 'units come in the planned shares'
        end as explanation
    from ratios
    union all
    select
        strangers.experiment_id,
        'unplanned_variant' as check_name,
        'all' as stage,
        'total' as segment_name,
        cast(strangers.unplanned_count as double) as statistic,
        cast(null as double) as p_value,
        case when strangers.unplanned_count > 0 then 'failed' else 'passed' end as status,
        case
            when strangers.unplanned_count > 0
                then concat(
                        cast(strangers.unplanned_count as string), ' units saw ''',
                        strangers.unplanned_variant_id,
                        ''', which was not planned for their stage; ',
                        'register it or mend the assignment'
                    )
            else 'every unit saw a planned variant'
        end as explanation
    from strangers
    union all
    select
        strangers.experiment_id,
        'crossover' as check_name,
        'all' as stage,
        'total' as segment_name,
        cast(strangers.left_count as double) / strangers.unit_count as statistic,
        crossovers.p_value,
        case
            when cast(strangers.left_count as double) / strangers.unit_count > 0.01 then 'failed'
            when crossovers.p_value < 0.001 then 'failed'
            else 'passed'
        end as status,
        concat(
            cast(strangers.left_count as string), ' of ', cast(strangers.unit_count as string),
            ' units met a second variant',
            case
                when cast(strangers.left_count as double) / strangers.unit_count > 0.01
                    then ', more than 1 %; assign units by a fixed hash'
                when crossovers.p_value < 0.001
                    then ', and not equally from each variant; look for a redirect'
                else ''
            end
        ) as explanation
    from strangers
    left join crossovers on strangers.experiment_id = crossovers.experiment_id
    union all
    select
        mixes.experiment_id,
        'mix' as check_name,
        'all' as stage,
        mixes.segment_name,
        mixes.statistic,
        mixes.p_value,
        case
            when mixes.p_value < 0.001 then 'failed'
            when mixes.p_value is null then 'not_available'
            else 'passed'
        end as status,
        case
            when mixes.p_value < 0.001
                then 'the arms are not made of the same units; find out who gets lost'
            when coalesce(mixes.degrees_of_freedom, 0) = 0
                then 'one segment or one variant alone: nothing to compare'
            when mixes.p_value is null then 'too few units in a segment to tell'
            else 'the arms are made of the same units'
        end as explanation
    from mixes

)

select * from final
