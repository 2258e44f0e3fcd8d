{#- Welch's test of two means, with a confidence interval.

    Adds to each row of `rows`: effect, standard_error, degrees_of_freedom (Satterthwaite),
    statistic, p_value (two-sided), effect_ci_lower, effect_ci_upper (at confidence 1 - alpha).
    A number that cannot be given is null: with one unit in an arm, or without any variance.

    name: name of the CTE that comes out
    rows: name of a CTE with alpha and, for each arm (control_, treatment_), mean, squared_error
        (the variance of the mean: v / n) and degrees_of_freedom (n - 1)
    difference: expression of the effect, where the rows know it more exactly than by subtraction
    returns: CTEs, the last one called `name`
    example: means 10 and 12, v / n 1 and 1, 50 degrees of freedom each -> effect 2,
        standard_error 1.414, degrees_of_freedom 100, p_value 0.160
    reference: Welch (1947); equals scipy's ttest_ind_from_stats(equal_var=False) -#}
{%- macro welch(name, rows, difference='treatment_mean - control_mean') -%}
{{ name }}__errors as (

    select
        *,
        {{ difference }} as effect,
        sqrt(nullif(control_squared_error + treatment_squared_error, 0)) as standard_error,
        {{ _satterthwaite('control_squared_error', 'treatment_squared_error') }}
            as degrees_of_freedom
    from {{ rows }}

),

{{ name }}__statistics as (

    select
        *,
        effect / standard_error as statistic
    from {{ name }}__errors

),

{{ student_tail(
    name ~ '__tails', name ~ '__statistics', 'abs(statistic)', upper_tail='welch_tail'
) }},

{{ student_quantile(
    name ~ '__quantiles', name ~ '__tails', 'alpha / 2', statistic='welch_quantile'
) }},

{{ name }} as (

    select
        {{ all_but(['welch_tail', 'welch_quantile']) }},
        2.0e0 * welch_tail as p_value,
        effect - welch_quantile * standard_error as effect_ci_lower,
        effect + welch_quantile * standard_error as effect_ci_upper
    from {{ name }}__quantiles

)
{%- endmacro -%}

{#- Satterthwaite's degrees of freedom of the sum of two arms' squared errors. -#}
{%- macro _satterthwaite(control, treatment) -%}
({{ control }} + {{ treatment }})
        * ({{ control }} + {{ treatment }})
        / nullif(
            {{ control }} * {{ control }} / nullif(control_degrees_of_freedom, 0)
            + {{ treatment }} * {{ treatment }}
            / nullif(treatment_degrees_of_freedom, 0),
            0
        )
{%- endmacro -%}
