{#- The relative effect with a confidence interval on the log scale.

    Adds to each row of `rows`: relative_effect, relative_effect_ci_lower, relative_effect_ci_upper.
    They are null where a mean is not positive, or so near to 0 that the bounds leave the range of
    a double. The p-value of the absolute effect does not belong to them.

    name: name of the CTE that comes out
    rows: as in `welch`, with distinct names for the columns it adds
    returns: CTEs, the last one called `name`
    example: means 10 and 12, v / n 0.25 and 0.25, many degrees of freedom -> relative_effect 0.2,
        bounds 0.056 and 0.363
    reference: delta method for the logarithm of a ratio of means; equals tea-tasting's
        rel_effect_size -#}
{%- macro relative_effect(name, rows) -%}
{{ name }}__logs as (

    select
        *,
        case
            when control_mean > 0 and treatment_mean > 0
                then control_squared_error / (control_mean * control_mean)
        end as control_log_error,
        case
            when control_mean > 0 and treatment_mean > 0
                then treatment_squared_error / (treatment_mean * treatment_mean)
        end as treatment_log_error
    from {{ rows }}

),

{{ name }}__degrees as (

    select
        *,
        {{ _satterthwaite('control_log_error', 'treatment_log_error') }} as log_degrees_of_freedom
    from {{ name }}__logs

),

{{ student_quantile(
    name ~ '__quantiles',
    name ~ '__degrees',
    'alpha / 2',
    'log_degrees_of_freedom',
    statistic='log_quantile'
) }},

{{ name }}__widths as (

    select
        *,
        log_quantile * sqrt(control_log_error + treatment_log_error) as log_half_width
    from {{ name }}__quantiles

),

{{ name }} as (

    select
        {{ all_but([
            'control_log_error', 'treatment_log_error', 'log_degrees_of_freedom', 'log_quantile',
            'log_half_width',
        ]) }},
        case
            when control_mean > 0 and treatment_mean > 0 then treatment_mean / control_mean - 1
        end as relative_effect,
        -- e to the 600th still has room for the ratio beside it
        case
            when log_half_width < 600
                then treatment_mean / control_mean * exp(-log_half_width) - 1
        end as relative_effect_ci_lower,
        case
            when log_half_width < 600
                then treatment_mean / control_mean * exp(log_half_width) - 1
        end as relative_effect_ci_upper
    from {{ name }}__widths

)
{%- endmacro -%}
