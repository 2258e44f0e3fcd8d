{#- Each treatment against its control: estimates, tests and intervals from moments.

    name: name of the CTE that comes out
    moments: name of a CTE in the shape of `moment_changes`, added up to as_of_date
    grid: name of a CTE with one row per comparison that is asked for: experiment_id, metric_name,
        treatment_variant_id, control_variant_id, as_of_date, maturity, segment_name, segment_value
        and from the registration and the metric alpha, direction, non_inferiority_margin,
        minimum_detectable_effect, has_covariate, has_denominator, value_scale, denominator_scale,
        cap_value (null without one) and minimum_arm_units; other columns are kept
    returns: CTEs, the last one called `name`: the grid, with a row per estimator, and the columns
        of a readout; where a number cannot be given it is null and reason says why -#}
{%- macro compare_variants(name, moments, grid) -%}
{%- if not execute -%}
    {{ return(name ~ ' as (select * from ' ~ grid ~ ' cross join ' ~ moments ~ ')') }}
{%- endif -%}
{%- set keys = ['experiment_id', 'metric_name', 'treatment_variant_id', 'as_of_date', 'maturity',
    'segment_name', 'segment_value'] -%}
{%- set shared = ['experiment_id', 'metric_name', 'as_of_date', 'maturity', 'segment_name',
    'segment_value'] -%}
{{ name }}__arms as (

    -- a sum per unit is a ratio whose denominator is 1 for each unit
    select
        {%- for key in keys %}
        grid_rows.{{ key }},
        {%- endfor %}
        moments.stage as stratum,
        case
            when moments.variant_id = grid_rows.control_variant_id then 'control'
            else 'treatment'
        end as arm,
        moments.units,
        grid_rows.has_covariate,
        grid_rows.value_scale,
        grid_rows.denominator_scale,
        moments.sum_y,
        moments.sum_x,
        moments.sum_yy,
        moments.sum_yx,
        moments.sum_xx,
        {%- for sum, instead in (
            ('d', 'units'), ('w', 'units'), ('yd', 'sum_y'), ('dd', 'units'), ('yw', 'sum_y'),
            ('dx', 'sum_x'), ('dw', 'units'), ('xw', 'sum_x'), ('ww', 'units'),
        ) %}
        case
            when grid_rows.has_denominator then moments.sum_{{ sum }} else moments.{{ instead }}
        end as sum_{{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ grid }} as grid_rows
    inner join {{ moments }} as moments
        on {{ _same(shared, 'grid_rows', 'moments') }}
    where
        moments.variant_id in (grid_rows.control_variant_id, grid_rows.treatment_variant_id)
        and moments.units > 0

),

{{ name }}__arm_units as (

    select
        {{ keys | join(',\n        ') }},
        cast(sum(case when arm = 'control' then units else 0 end) as bigint) as control_units,
        cast(sum(case when arm = 'treatment' then units else 0 end) as bigint) as treatment_units
    from {{ name }}__arms
    group by
        {{ keys | join(',\n        ') }}

),

{{ arm_estimates(name ~ '__estimates', name ~ '__arms', keys) }},

{{ name }}__kinds (estimator) as (

    values ('difference_in_means'), ('cuped')

),

{{ name }}__rows as (

    select
        grid_rows.*,
        kinds.estimator
    from {{ grid }} as grid_rows
    inner join {{ name }}__kinds as kinds
        on kinds.estimator = 'difference_in_means' or grid_rows.has_covariate

),

{{ name }}__estimated as (

    -- below the smallest number of units an arm is not looked at
    select
        source_rows.*,
        coalesce(arm_units.control_units, 0) as control_n,
        coalesce(arm_units.treatment_units, 0) as treatment_n,
        least(
            coalesce(arm_units.control_units, 0), coalesce(arm_units.treatment_units, 0)
        ) >= source_rows.minimum_arm_units as has_enough_units,
        coalesce(source_rows.cap_value = 0, false) as is_capped_away,
        estimates.control_total,
        estimates.treatment_total,
        estimates.effective_units,
        estimates.theta,
        {%- for column in (
            'variance_reduction', 'mean_difference',
            'control_mean', 'control_squared_error', 'control_degrees_of_freedom',
            'treatment_mean', 'treatment_squared_error', 'treatment_degrees_of_freedom',
        ) %}
        case
            when
                least(arm_units.control_units, arm_units.treatment_units)
                >= source_rows.minimum_arm_units
                and coalesce(source_rows.cap_value, 1) != 0
                then estimates.{{ column }}
        end as {{ column }},
        {%- endfor %}
        cast(null as bigint) as planned_units,
        cast(null as double) as prior_mean,
        cast(null as double) as prior_deviation
    from {{ name }}__rows as source_rows
    left join {{ name }}__arm_units as arm_units
        on {{ _same(keys, 'source_rows', 'arm_units') }}
    left join {{ name }}__estimates as estimates
        on {{ _same(keys + ['estimator'], 'source_rows', 'estimates') }}

),

{{ welch(name ~ '__welch', name ~ '__estimated', difference='mean_difference') }},

{{ relative_effect(name ~ '__relative', name ~ '__welch') }},

{{ non_inferiority(name ~ '__margins', name ~ '__relative') }},

{{ always_valid(name ~ '__sequences', name ~ '__margins') }},

{{ bayesian(name ~ '__posterior', name ~ '__sequences') }},

{{ name }} as (

    select
        *,
        case
            when control_n = 0 or treatment_n = 0
                then case when maturity = 'matured' then 'not_matured' else 'no_units' end
            when not has_enough_units then 'too_few_units'
            when is_capped_away then 'cap_is_zero'
            when control_mean is null or treatment_mean is null then 'denominator_zero'
            when control_squared_error is null or treatment_squared_error is null then 'one_unit'
            when control_total = 0 and treatment_total = 0 then 'no_events'
            when standard_error is null then 'zero_variance'
            when control_mean <= 0 or treatment_mean <= 0 then 'control_mean_not_positive'
            when estimator = 'cuped' and theta = 0 then 'no_covariate'
        end as reason
    from {{ name }}__posterior

)
{%- endmacro -%}
