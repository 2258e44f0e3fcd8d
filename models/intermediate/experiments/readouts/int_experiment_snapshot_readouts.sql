with comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

snapshots as (

    select * from {{ ref('int_experiment_snapshots') }}

),

decision_days as (

    select * from {{ ref('int_experiment_decision_days') }}

),

totals as (

    select * from {{ ref('int_experiment_moments') }}

),

segments as (

    select * from {{ ref('int_experiment_segment_moments') }}

),

weeks as (

    select * from {{ ref('int_experiment_week_moments') }}

),

-- the metric before the exposure, which no variant can have changed
covariate_moments as (

    select
        totals.experiment_id,
        totals.metric_name,
        totals.variant_id,
        totals.stage,
        totals.as_of_date,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        totals.units,
        totals.sum_x as sum_y,
        totals.sum_w as sum_d,
        {{ moment_columns(exact_integer('0'), ['x', 'w']) }},
        totals.sum_xx as sum_yy,
        totals.sum_xw as sum_yd,
        totals.sum_ww as sum_dd,
        {{ moment_columns(exact_integer('0'), ['yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']) }}
    from totals
    inner join snapshots
        on
            totals.experiment_id = snapshots.experiment_id
            and totals.as_of_date = snapshots.snapshot_day
    where totals.maturity = 'running'

),

moments as (

    select * from segments
    union all
    select * from covariate_moments
    union all
    select * from weeks

),

segment_values as (

    select distinct
        experiment_id,
        maturity,
        segment_name,
        segment_value
    from segments

),

week_values (segment_value) as (

    values ('early'), ('late'), ('change')

),

-- segments on the day that decides on a treatment and on the latest, the rest on the snapshot
asked as (

    select
        comparisons.*,
        segment_values.maturity,
        segment_values.segment_name,
        segment_values.segment_value,
        100 as minimum_arm_units,
        decision_days.decision_day as as_of_date
    from comparisons
    inner join decision_days
        on
            comparisons.experiment_id = decision_days.experiment_id
            and comparisons.treatment_variant_id = decision_days.treatment_variant_id
    inner join segment_values on comparisons.experiment_id = segment_values.experiment_id
    where decision_days.decision_day < decision_days.last_day
    union all
    select
        comparisons.*,
        segment_values.maturity,
        segment_values.segment_name,
        segment_values.segment_value,
        100 as minimum_arm_units,
        comparisons.last_day as as_of_date
    from comparisons
    inner join segment_values on comparisons.experiment_id = segment_values.experiment_id
    union all
    select
        comparisons.*,
        'before' as maturity,
        'total' as segment_name,
        'total' as segment_value,
        1 as minimum_arm_units,
        snapshots.snapshot_day as as_of_date
    from comparisons
    inner join snapshots on comparisons.experiment_id = snapshots.experiment_id
    where comparisons.has_covariate
    union all
    select
        comparisons.*,
        'weeks' as maturity,
        'week' as segment_name,
        week_values.segment_value,
        2 as minimum_arm_units,
        snapshots.snapshot_day as as_of_date
    from comparisons
    inner join snapshots on comparisons.experiment_id = snapshots.experiment_id
    cross join week_values
    where comparisons.has_second_week

),

-- what is compared across time has no cap and nothing to be adjusted by
grid as (

    select
        {{ all_but(['has_covariate', 'cap_value']) }},
        has_covariate and maturity in ('running', 'matured') as has_covariate,
        case when maturity in ('running', 'matured') then cap_value end as cap_value
    from asked

),

{{ compare_variants('readouts', 'moments', 'grid') }},

{{ benjamini_hochberg(
    'controlled',
    'readouts',
    'p_value',
    ['experiment_id', 'as_of_date', 'maturity', 'estimator'],
) }},

final as (

    select
        {{ readout_columns() }},
        p_value_adjusted
    from controlled

)

select * from final
