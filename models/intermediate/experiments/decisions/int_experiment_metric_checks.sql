with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

all_moments as (

    select * from {{ ref('int_experiment_moments') }}

),

snapshot_readouts as (

    select * from {{ ref('int_experiment_snapshot_readouts') }}

),

verdicts as (

    select * from {{ ref('int_experiment_daily_verdicts') }}

),

snapshot_comparisons as (

    select
        comparisons.*,
        snapshots.snapshot_day as as_of_date,
        snapshots.is_decided
    from comparisons
    inner join snapshots on comparisons.experiment_id = snapshots.experiment_id

),

-- imbalance: the metric before the exposure, which no variant can have changed
imbalances as (

    select * from snapshot_readouts
    where maturity = 'before'

),

{{ holm('held_imbalances', 'imbalances', 'p_value', ['experiment_id'], 'held_p_value') }},

weeks as (

    select
        *,
        effect * case direction when 'down' then -1 else 1 end as gain
    from snapshot_readouts
    where maturity = 'weeks'

),

-- novelty: what a unit did in its second week less what it did in its first
novelties as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        max(case when segment_value = 'early' then gain end) as early_gain,
        max(case when segment_value = 'change' then gain end) as change_in_gain,
        max(case when segment_value = 'change' then statistic end) as statistic,
        -- what nobody does in a second week cannot fade in it
        case
            when
                max(
                    case when segment_value = 'late' then control_total + treatment_total end
                ) != 0
                then max(case when segment_value = 'change' then p_value end)
        end as p_value
    from weeks
    group by experiment_id, metric_name, treatment_variant_id

),

-- power: the effect that could have been found with the spread that was seen
decided_rows as (

    select
        verdicts.experiment_id,
        verdicts.metric_name,
        verdicts.treatment_variant_id,
        verdicts.role,
        verdicts.minimum_detectable_effect,
        verdicts.standard_error,
        verdicts.control_mean,
        verdicts.alpha,
        1 - (1 - verdicts.power) / (
            1 + count(case when verdicts.role = 'guardrail' then 1 end) over (
                partition by verdicts.experiment_id, verdicts.treatment_variant_id
            )
        ) as power
    from verdicts
    inner join snapshots
        on
            verdicts.experiment_id = snapshots.experiment_id
            and verdicts.as_of_date = snapshots.snapshot_day
    where
        verdicts.maturity = 'matured'
        and verdicts.adjusted_as = 'decision'
        and snapshots.is_decided

),

{{ noncentrality('solved_rows', 'decided_rows') }},

powers as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        minimum_detectable_effect,
        noncentrality * standard_error / nullif(abs(control_mean), 0) as reachable_effect
    from solved_rows
    where role = 'primary' and minimum_detectable_effect is not null

),

-- Simpson: what the stages' changed shares alone would do to a pooled comparison
stage_arms as (

    select
        snapshot_comparisons.experiment_id,
        snapshot_comparisons.metric_name,
        snapshot_comparisons.treatment_variant_id,
        all_moments.stage,
        max(
            case
                when all_moments.variant_id = snapshot_comparisons.control_variant_id
                    then cast(all_moments.units as double)
            end
        ) as control_units,
        max(
            case
                when all_moments.variant_id = snapshot_comparisons.treatment_variant_id
                    then cast(all_moments.units as double)
            end
        ) as treatment_units,
        max(
            case
                when all_moments.variant_id = snapshot_comparisons.control_variant_id
                    then cast(all_moments.sum_y as double) * snapshot_comparisons.value_scale
                        / cast(nullif(all_moments.units, 0) as double)
            end
        ) as control_mean,
        max(
            case
                when all_moments.variant_id = snapshot_comparisons.treatment_variant_id
                    then cast(all_moments.sum_y as double) * snapshot_comparisons.value_scale
                        / cast(nullif(all_moments.units, 0) as double)
            end
        ) as treatment_mean
    from all_moments
    inner join snapshot_comparisons
        on
            all_moments.experiment_id = snapshot_comparisons.experiment_id
            and all_moments.metric_name = snapshot_comparisons.metric_name
            and all_moments.as_of_date = snapshot_comparisons.as_of_date
            and all_moments.variant_id in (
                snapshot_comparisons.control_variant_id,
                snapshot_comparisons.treatment_variant_id
            )
    where all_moments.maturity = 'matured' and not snapshot_comparisons.has_denominator
    group by
        snapshot_comparisons.experiment_id,
        snapshot_comparisons.metric_name,
        snapshot_comparisons.treatment_variant_id,
        all_moments.stage

),

stage_shares as (

    select
        *,
        control_units / sum(control_units) over treatments as control_share,
        treatment_units / sum(treatment_units) over treatments as treatment_share,
        count(*) over treatments as stage_count
    from stage_arms
    where control_units > 0 and treatment_units > 0
    window treatments as (partition by experiment_id, metric_name, treatment_variant_id)

),

splits as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        sum(treatment_share * treatment_mean) - sum(control_share * control_mean) as pooled_effect,
        sum((control_share + treatment_share) / 2 * (treatment_mean - control_mean))
            as within_part,
        sum((control_mean + treatment_mean) / 2 * (treatment_share - control_share)) as mix_part
    from stage_shares
    where stage_count > 1
    group by experiment_id, metric_name, treatment_variant_id

),

simpsons as (

    select
        splits.*,
        verdicts.effect as stratified_effect,
        verdicts.standard_error
    from splits
    inner join snapshot_comparisons
        on
            splits.experiment_id = snapshot_comparisons.experiment_id
            and splits.metric_name = snapshot_comparisons.metric_name
            and splits.treatment_variant_id = snapshot_comparisons.treatment_variant_id
    inner join verdicts
        on
            splits.experiment_id = verdicts.experiment_id
            and splits.metric_name = verdicts.metric_name
            and splits.treatment_variant_id = verdicts.treatment_variant_id
            and snapshot_comparisons.as_of_date = verdicts.as_of_date
    where verdicts.maturity = 'matured' and verdicts.estimator = 'difference_in_means'

),

final as (

    select
        experiment_id,
        'imbalance' as check_name,
        metric_name,
        treatment_variant_id,
        statistic,
        case when p_value is not null then held_p_value end as p_value,
        case
            when p_value is null then 'not_available'
            when held_p_value < 0.001 then 'failed'
            else 'passed'
        end as status,
        case
            when p_value is null then 'nothing to compare before the exposure'
            when held_p_value < 0.001
                then 'the arms differed before the exposure; find out who got in'
            else 'the arms were alike before the exposure'
        end as explanation
    from held_imbalances
    union all
    select
        experiment_id,
        'novelty' as check_name,
        metric_name,
        treatment_variant_id,
        statistic,
        p_value,
        case
            when p_value is null then 'not_available'
            when p_value < 0.01 and early_gain > 0 and change_in_gain < 0 then 'warning'
            when p_value < 0.01 and early_gain < 0 and change_in_gain > 0 then 'warning'
            else 'passed'
        end as status,
        case
            when p_value is null then 'no unit is two weeks old, or nobody does it in a second week'
            when p_value < 0.01 and early_gain > 0 and change_in_gain < 0
                then 'novelty: the gain of a unit''s first week fades in its second'
            when p_value < 0.01 and early_gain < 0 and change_in_gain > 0
                then 'primacy: the loss of a unit''s first week fades in its second'
            when p_value < 0.01 then 'the effect grows with the time since the exposure'
            else 'no change of the effect with the time since exposure is shown'
        end as explanation
    from novelties
    union all
    select
        experiment_id,
        'power' as check_name,
        metric_name,
        treatment_variant_id,
        reachable_effect as statistic,
        cast(null as double) as p_value,
        case
            when reachable_effect is null then 'not_available'
            when reachable_effect > minimum_detectable_effect then 'warning'
            else 'passed'
        end as status,
        case
            when reachable_effect is null then 'without a spread there is no power to speak of'
            when reachable_effect > minimum_detectable_effect
                then 'the registered effect could not have been found reliably: plan more units'
            else 'the registered effect could have been found'
        end as explanation
    from powers
    union all
    select
        experiment_id,
        'simpson' as check_name,
        metric_name,
        treatment_variant_id,
        mix_part as statistic,
        cast(null as double) as p_value,
        case
            when pooled_effect * stratified_effect < 0 then 'warning'
            when
                abs(mix_part) > abs(within_part)
                and abs(mix_part) > 2 * standard_error
                then 'warning'
            else 'passed'
        end as status,
        concat(
            'stratified effect ', cast(round(stratified_effect, 6) as string),
            ', pooled effect ', cast(round(pooled_effect, 6) as string),
            ', of which the stages'' shares make ', cast(round(mix_part, 6) as string)
        ) as explanation
    from simpsons

)

select * from final
