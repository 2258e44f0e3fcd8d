with snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

all_moments as (

    select * from {{ ref('int_experiment_moments') }}

),

units as (

    select * from {{ ref('int_experiment_units') }}

),

unit_days as (

    select * from {{ ref('int_experiment_unit_days') }}
    where population = 'exposed'

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
covariate_moments as (

    select
        all_moments.experiment_id,
        all_moments.metric_name,
        all_moments.variant_id,
        all_moments.stage,
        all_moments.as_of_date,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        all_moments.units,
        all_moments.sum_x as sum_y,
        all_moments.sum_w as sum_d,
        all_moments.sum_xx as sum_yy,
        all_moments.sum_xw as sum_yd,
        all_moments.sum_ww as sum_dd,
        {{ moment_columns(
            exact_integer('0'), ['x', 'w', 'yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']
        ) }}
    from all_moments
    inner join snapshots
        on
            all_moments.experiment_id = snapshots.experiment_id
            and all_moments.as_of_date = snapshots.snapshot_day
    where all_moments.maturity = 'running'

),

covariate_grid as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        control_variant_id,
        alpha,
        direction,
        non_inferiority_margin,
        decision_estimator,
        has_denominator,
        value_scale,
        denominator_scale,
        as_of_date,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        false as has_covariate,
        cast(null as double) as cap_value,
        1 as minimum_arm_units
    from snapshot_comparisons
    where has_covariate

),

{{ compare_variants('imbalances', 'covariate_moments', 'covariate_grid') }},

{{ holm('held_imbalances', 'imbalances', 'p_value', ['experiment_id']) }},

-- novelty: what a unit did in its second week less what it did in its first; of a metric that
-- counts a unit once there is nothing left to fade
cohorts as (

    select
        units.experiment_id,
        units.unit_id,
        units.variant_id,
        units.stage,
        {{ add_days('units.exposed_date', 7) }} as second_week_date,
        {{ add_days('units.exposed_date', 14) }} as third_week_date
    from units
    inner join snapshots on units.experiment_id = snapshots.experiment_id
    where
        units.is_planned
        and {{ add_days('units.exposed_date', 14) }} <= snapshots.snapshot_day
        and (units.left_date is null or units.left_date > snapshots.snapshot_day)

),

fortnight_metrics as (

    select distinct
        comparisons.experiment_id,
        comparisons.metric_name
    from comparisons
    inner join {{ ref('int_experiment_analyses') }} as analyses
        on
            comparisons.experiment_id = analyses.experiment_id
            and comparisons.metric_name = analyses.metric_name
    where
        not comparisons.has_denominator
        and analyses.is_additive
        and coalesce(analyses.window_days, 14) >= 14

),

unit_weeks as (

    select
        cohorts.experiment_id,
        fortnight_metrics.metric_name,
        cohorts.variant_id,
        cohorts.stage,
        cohorts.unit_id,
        {{ exact_sum(
            '\n            case when unit_days.date_day < cohorts.second_week_date '
            ~ 'then unit_days.y_added else 0 end\n        '
        ) }} as first_week,
        {{ exact_sum(
            '\n            case\n                when\n'
            ~ '                    unit_days.date_day >= cohorts.second_week_date\n'
            ~ '                    and unit_days.date_day < cohorts.third_week_date\n'
            ~ '                    then unit_days.y_added\n                else 0\n            end\n        '
        ) }} as second_week
    from cohorts
    inner join fortnight_metrics on cohorts.experiment_id = fortnight_metrics.experiment_id
    left join unit_days
        on
            cohorts.experiment_id = unit_days.experiment_id
            and fortnight_metrics.metric_name = unit_days.metric_name
            and cohorts.unit_id = unit_days.unit_id
    group by
        cohorts.experiment_id,
        fortnight_metrics.metric_name,
        cohorts.variant_id,
        cohorts.stage,
        cohorts.unit_id

),

unit_changes as (

    select
        experiment_id,
        metric_name,
        variant_id,
        stage,
        'early' as segment_value,
        coalesce(first_week, 0) as amount
    from unit_weeks
    union all
    select
        experiment_id,
        metric_name,
        variant_id,
        stage,
        'late' as segment_value,
        coalesce(second_week, 0) as amount
    from unit_weeks
    union all
    select
        experiment_id,
        metric_name,
        variant_id,
        stage,
        'change' as segment_value,
        coalesce(second_week, 0) - coalesce(first_week, 0) as amount
    from unit_weeks

),

age_moments as (

    select
        unit_changes.experiment_id,
        unit_changes.metric_name,
        unit_changes.variant_id,
        unit_changes.stage,
        snapshots.snapshot_day as as_of_date,
        'running' as maturity,
        'age' as segment_name,
        unit_changes.segment_value,
        {{ exact_integer('count(*)') }} as units,
        {{ exact_sum('unit_changes.amount') }} as sum_y,
        {{ exact_sum(exact_product(['unit_changes.amount', 'unit_changes.amount'])) }} as sum_yy,
        {{ moment_columns(
            exact_integer('0'),
            ['d', 'x', 'w', 'yd', 'dd', 'yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']
        ) }}
    from unit_changes
    inner join snapshots on unit_changes.experiment_id = snapshots.experiment_id
    group by
        unit_changes.experiment_id,
        unit_changes.metric_name,
        unit_changes.variant_id,
        unit_changes.stage,
        snapshots.snapshot_day,
        unit_changes.segment_value

),

ages (segment_value) as (

    values ('early'), ('late'), ('change')

),

age_grid as (

    select
        snapshot_comparisons.experiment_id,
        snapshot_comparisons.metric_name,
        snapshot_comparisons.treatment_variant_id,
        snapshot_comparisons.control_variant_id,
        snapshot_comparisons.alpha,
        snapshot_comparisons.direction,
        snapshot_comparisons.non_inferiority_margin,
        snapshot_comparisons.decision_estimator,
        snapshot_comparisons.has_denominator,
        snapshot_comparisons.value_scale,
        snapshot_comparisons.denominator_scale,
        snapshot_comparisons.as_of_date,
        'running' as maturity,
        'age' as segment_name,
        ages.segment_value,
        false as has_covariate,
        cast(null as double) as cap_value,
        2 as minimum_arm_units
    from snapshot_comparisons
    inner join fortnight_metrics
        on
            snapshot_comparisons.experiment_id = fortnight_metrics.experiment_id
            and snapshot_comparisons.metric_name = fortnight_metrics.metric_name
    cross join ages

),

{{ compare_variants('ages_compared', 'age_moments', 'age_grid') }},

novelties as (

    select
        experiment_id,
        metric_name,
        treatment_variant_id,
        max(
            case
                when segment_value = 'early'
                    then effect * case direction when 'down' then -1 else 1 end
            end
        ) as early_gain,
        max(
            case
                when segment_value = 'change'
                    then effect * case direction when 'down' then -1 else 1 end
            end
        ) as change_in_gain,
        max(case when segment_value = 'change' then statistic end) as statistic,
        -- what nobody does in a second week cannot fade in it
        case
            when
                max(
                    case when segment_value = 'late' then control_total + treatment_total end
                ) != 0
                then max(case when segment_value = 'change' then p_value end)
        end as p_value
    from ages_compared
    group by experiment_id, metric_name, treatment_variant_id

),

-- power: the effect that could have been found with the spread that was seen
decided_rows as (

    select
        verdicts.*,
        1 - (1 - verdicts.power) / (
            1 + count(case when verdicts.role = 'guardrail' then 1 end) over (
                partition by verdicts.experiment_id, verdicts.treatment_variant_id
            )
        ) as target_power
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

power_arguments as (

    select
        alpha,
        target_power as power
    from decided_rows

),

{{ noncentrality('noncentralities', 'power_arguments') }},

powers as (

    select
        decided_rows.experiment_id,
        decided_rows.metric_name,
        decided_rows.treatment_variant_id,
        decided_rows.minimum_detectable_effect,
        noncentralities.noncentrality * decided_rows.standard_error
        / nullif(abs(decided_rows.control_mean), 0) as reachable_effect
    from decided_rows
    inner join noncentralities
        on
            decided_rows.alpha = noncentralities.alpha
            and decided_rows.target_power = noncentralities.power
    where decided_rows.role = 'primary' and decided_rows.minimum_detectable_effect is not null

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
        case when p_value is not null then p_value_adjusted end as p_value,
        case
            when p_value is null then 'not_available'
            when p_value_adjusted < 0.001 then 'failed'
            else 'passed'
        end as status,
        case
            when p_value is null then 'nothing to compare before the exposure'
            when p_value_adjusted < 0.001
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
