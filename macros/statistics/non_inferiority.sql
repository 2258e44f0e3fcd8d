{#- Whether a treatment is shown not worse than the control by more than a relative margin.

    Adds to each row of `rows`: non_inferiority_p_value (small: shown not worse than the margin) and
    harm_p_value (small: shown worse than the margin), one-sided both. Null without a margin,
    where the control's mean is not positive, and without variance.

    The hypothesis is about the difference to (1 - margin) times the control's mean, so that it
    keeps its size on rare events, where the logarithm of the ratio does not.

    name: name of the CTE that comes out
    rows: as in `welch`, with non_inferiority_margin (relative, 0.05: 5 %) and direction (`up`:
        more is better; `down`: less is)
    returns: CTEs, the last one called `name`
    example: direction up, means 10 and 10, v / n 0.02 and 0.02, margin 0.1 -> statistic 5.26
    reference: Fieller's form of the ratio test; Laster and Johnson (2003) -#}
{%- macro non_inferiority(name, rows) -%}
{{ name }}__factors as (

    select
        *,
        case direction
            when 'up' then 1 - non_inferiority_margin
            when 'down' then 1 + non_inferiority_margin
        end as margin_factor
    from {{ rows }}

),

{{ name }}__errors as (

    select
        *,
        margin_factor * margin_factor * control_squared_error as margin_squared_error
    from {{ name }}__factors

),

{{ name }}__statistics as (

    select
        *,
        case
            when control_mean > 0
                then (treatment_mean - margin_factor * control_mean)
                    * case direction when 'up' then 1 else -1 end
                    / sqrt(nullif(margin_squared_error + treatment_squared_error, 0))
        end as margin_statistic,
        {{ _satterthwaite('margin_squared_error', 'treatment_squared_error') }}
            as margin_degrees_of_freedom
    from {{ name }}__errors

),

{{ student_tail(
    name ~ '__tails',
    name ~ '__statistics',
    'abs(margin_statistic)',
    'margin_degrees_of_freedom',
    'margin_tail'
) }},

{{ name }} as (

    select
        {{ all_but([
            'margin_factor', 'margin_squared_error', 'margin_degrees_of_freedom', 'margin_tail',
        ]) }},
        case when margin_statistic < 0 then 1 - margin_tail else margin_tail end
            as non_inferiority_p_value,
        case when margin_statistic < 0 then margin_tail else 1 - margin_tail end as harm_p_value
    from {{ name }}__tails

)
{%- endmacro -%}
