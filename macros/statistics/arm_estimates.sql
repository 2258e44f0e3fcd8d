{#- Means or ratios of two arms, over strata, plain and adjusted by a covariate (CUPED).

    Every metric is a ratio of two sums per unit, y and d; a mean is the ratio whose d is 1 for
    each unit. The covariate likewise is x over w. The sums are exact integers, and everything is
    centred before it leaves them, so that values far from 0 lose nothing: first y less the pair's
    rounded ratio times d (the same for both arms), then each sum about its own mean.

    Strata (rollout stages) are weighted by their units, the same in both arms; a stratum in which
    an arm is missing is left out. With one stratum this is the plain comparison.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per comparison, stratum and arm:
        the keys, stratum, arm (`control`, `treatment`), units, has_covariate,
        value_scale, denominator_scale (what 1 stands for in y and x, and in d and w),
        sum_y, sum_d, sum_x, sum_w, sum_yy, sum_yd, sum_dd, sum_yx, sum_yw, sum_dx, sum_dw, sum_xx,
        sum_xw, sum_ww (exact integers, see `exact_integer`)
    keys: names of the columns that make a comparison, none of them null
    returns: CTEs, the last one called `name`: one row per comparison and estimator
        (`difference_in_means`; `cuped` where there is a covariate) that has both arms in one
        stratum at least: the keys, estimator, effective_units, theta, variance_reduction,
        mean_difference, and for each arm (control_, treatment_) n, total (sum of y), mean,
        squared_error (variance of the mean) and degrees_of_freedom.
        Null: means where d adds up to 0, errors where an arm has one unit in a stratum. 0: theta
        where the covariate does not vary or w adds up to 0 in an arm, so that nothing is adjusted
    reference: Deng, Xu, Kohavi, Walker (2013) for CUPED; delta method for ratios; equals
        tea-tasting's Mean and RatioOfMeans with one stratum -#}
{%- macro arm_estimates(name, rows, keys) -%}
{%- set keyed = keys | join(',\n        ') -%}
{%- set sums = moment_sums() -%}
{{ name }}__strata as (

    select
        *,
        sum(case when arm = 'control' then units else 0 end) over strata as control_units,
        sum(case when arm = 'treatment' then units else 0 end) over strata as treatment_units
    from {{ rows }}
    where units > 0
    window strata as (
        partition by
            {{ keys | join(',\n            ') }},
            stratum
    )

),

{{ name }}__comparisons as (

    -- effective_units: what the two arms are worth as two of equal size in one stratum
    select
        *,
        control_units + treatment_units as stratum_units,
        sum(units) over comparisons as comparison_units,
        count(case when arm = 'control' then 1 end) over comparisons as stratum_count,
        sum(
            case
                when arm = 'control'
                    then
                        cast(control_units + treatment_units as double)
                        * cast(control_units + treatment_units as double)
                        * (1 / cast(control_units as double) + 1 / cast(treatment_units as double))
            end
        ) over comparisons as inverse_units,
        {%- for letter in ('y', 'd', 'x', 'w') %}
        sum(sum_{{ letter }}) over comparisons as comparison_{{ letter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__strata
    where control_units > 0 and treatment_units > 0
    window comparisons as (
        partition by
            {{ keys | join(',\n            ') }}
        order by stratum
        rows between unbounded preceding and unbounded following
    )

),

{{ name }}__arms as (

    select
        *,
        cast(stratum_units as double) / cast(comparison_units as double) as stratum_weight,
        {{ _nearest_ratio('comparison_y', 'comparison_d') }} as y_per_d,
        {{ _nearest_ratio('comparison_x', 'comparison_w') }} as x_per_w,
        case
            when stratum_count = 1 then cast(comparison_units as double)
            else
                4 * cast(comparison_units as double) * cast(comparison_units as double)
                / inverse_units
        end as effective_units
    from {{ name }}__comparisons

),

{{ name }}__parts (part) as (

    values ('arm'), ('pair')

),

{{ name }}__counted as (

    -- each arm, and once more as a half of the pair
    select
        arms.*,
        case when parts.part = 'pair' then 'pair' else arms.arm end as counted_as
    from {{ name }}__arms as arms
    cross join {{ name }}__parts as parts

),

{{ name }}__arms_and_pairs as (

    select
        {{ keyed }},
        stratum,
        counted_as as arm,
        has_covariate,
        value_scale,
        denominator_scale,
        effective_units,
        y_per_d,
        x_per_w,
        stratum_weight,
        {{ exact_sum('units') }} as units,
        {%- for sum in sums %}
        {{ exact_sum('sum_' ~ sum) }} as sum_{{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__counted
    group by
        {{ keyed }},
        stratum,
        counted_as,
        has_covariate,
        value_scale,
        denominator_scale,
        effective_units,
        y_per_d,
        x_per_w,
        stratum_weight

),

{{ name }}__shifted as (

    -- e = y - y_per_d d and u = x - x_per_w w, near 0 in both arms
    select
        {{ keyed }},
        stratum,
        arm,
        has_covariate,
        value_scale,
        denominator_scale,
        effective_units,
        y_per_d,
        x_per_w,
        stratum_weight,
        units,
        sum_y,
        sum_y - y_per_d * sum_d as sum_e,
        sum_x - x_per_w * sum_w as sum_u,
        sum_d,
        sum_w,
        sum_yy - 2 * y_per_d * sum_yd + y_per_d * y_per_d * sum_dd as sum_ee,
        sum_yd - y_per_d * sum_dd as sum_ed,
        sum_dd,
        sum_yx - x_per_w * sum_yw - y_per_d * sum_dx + y_per_d * x_per_w * sum_dw as sum_eu,
        sum_yw - y_per_d * sum_dw as sum_ew,
        sum_dx - x_per_w * sum_dw as sum_du,
        sum_dw,
        sum_xx - 2 * x_per_w * sum_xw + x_per_w * x_per_w * sum_ww as sum_uu,
        sum_xw - x_per_w * sum_ww as sum_uw,
        sum_ww
    from {{ name }}__arms_and_pairs

),

{{ name }}__centres as (

    select
        *,
        {%- for letter in ('e', 'd', 'u', 'w') %}
        {{ _nearest_ratio('sum_' ~ letter, 'units') }} as centre_{{ letter }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__shifted

),

{{ name }}__moments as (

    -- means, and sums of products about them, in the units of the metric
    select
        {{ keyed }},
        stratum,
        arm,
        has_covariate,
        effective_units,
        cast(y_per_d as double) * value_scale / denominator_scale as y_per_d,
        cast(x_per_w as double) * value_scale / denominator_scale as x_per_w,
        stratum_weight,
        cast(units as double) as units,
        cast(sum_y as double) * value_scale as total,
        {%- for letter in ('e', 'd', 'u', 'w') %}
        {%- set scale = 'value_scale' if letter in 'eu' else 'denominator_scale' %}
        {{ _centred_mean(letter) }} * {{ scale }} as mean_{{ letter }},
        {%- endfor %}
        {%- for pair in ('ee', 'ed', 'dd', 'eu', 'ew', 'du', 'dw', 'uu', 'uw', 'ww') %}
        {%- set scales = [] %}
        {%- for letter in pair %}
        {%- do scales.append('value_scale' if letter in 'eu' else 'denominator_scale') %}
        {%- endfor %}
        {{ _centred_product(pair[0], pair[1]) }}
        * {{ scales | join(' * ') }} as products_{{ pair }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__centres

),

{{ name }}__ratios as (

    -- per arm and for the pair; of the pair, strata are weighted as they are in both arms
    select
        *,
        {%- for ratio, over in (('e', 'd'), ('u', 'w')) %}
        sum(stratum_weight * mean_{{ ratio }}) over arms
        / nullif(sum(stratum_weight * mean_{{ over }}) over arms, 0) as ratio_{{ ratio }},
        sum(stratum_weight * mean_{{ over }}) over arms as arm_mean_{{ over }},
        {%- endfor %}
        stratum_weight * stratum_weight / units / nullif(units - 1, 0) as error_weight
    from {{ name }}__moments
    window arms as (
        partition by
            {{ keys | join(',\n            ') }},
            arm
        order by stratum
        rows between unbounded preceding and unbounded following
    )

),

{{ name }}__linearised as (

    -- sums of squares and products of y - R d and x - Q w, and the size of what they come from
    select
        *,
        {{ _ratio_products('e', 'd', 'e', 'd') }} as squares_y,
        products_ee + ratio_e * ratio_e * products_dd as size_y,
        {{ _ratio_products('u', 'w', 'u', 'w') }} as squares_x,
        products_uu + ratio_u * ratio_u * products_ww as size_x,
        {{ _ratio_products('e', 'd', 'u', 'w') }} as products_yx
    from {{ name }}__ratios

),

{{ name }}__products as (

    select
        *,
        {{ _beyond_rounding('squares_y', 'size_y') }} as products_y,
        {{ _beyond_rounding('squares_x', 'size_x') }} as products_x
    from {{ name }}__linearised

),

{{ name }}__adjustments as (

    -- none where an arm has no covariate
    select
        *,
        max(case when arm = 'pair' then ratio_u end) over comparisons as pair_ratio_u,
        case
            when has_covariate and count(ratio_u) over comparisons = count(*) over comparisons
                then sum(
                        case when arm = 'pair' then products_yx / nullif(arm_mean_d, 0) end
                    ) over comparisons
                    / nullif(
                        sum(
                            case when arm = 'pair' then products_x / nullif(arm_mean_w, 0) end
                        ) over comparisons,
                        0
                    )
        end as covariate_slope
    from {{ name }}__products
    window comparisons as (
        partition by
            {{ keys | join(',\n            ') }}
        order by stratum, arm
        rows between unbounded preceding and unbounded following
    )

),

{{ name }}__terms as (

    -- a stratum's part of the squared error of its arm's ratio, plain and adjusted
    select
        *,
        coalesce(covariate_slope, 0.0e0) as theta,
        error_weight * products_y / nullif(arm_mean_d * arm_mean_d, 0) as error_e,
        error_weight * products_x / nullif(arm_mean_w * arm_mean_w, 0) as error_u,
        error_weight * products_yx / nullif(arm_mean_d * arm_mean_w, 0) as error_eu
    from {{ name }}__adjustments
    where arm != 'pair'

),

{{ name }}__adjusted_terms as (

    select
        *,
        error_e + theta * theta * error_u - 2 * theta * error_eu as adjusted_error,
        error_e + theta * theta * error_u as adjusted_size
    from {{ name }}__terms

),

{{ name }}__kinds (estimator) as (

    values ('difference_in_means'), ('cuped')

),

{{ name }}__estimators as (

    select
        terms.*,
        kinds.estimator,
        case
            when kinds.estimator = 'cuped' and terms.theta != 0
                then terms.ratio_e - terms.theta * (terms.ratio_u - terms.pair_ratio_u)
            else terms.ratio_e
        end as shifted_mean,
        case
            when kinds.estimator = 'difference_in_means' or terms.theta = 0 then terms.error_e
            when terms.adjusted_error > 1.0e-14 * terms.adjusted_size then terms.adjusted_error
            when terms.adjusted_error is not null then 0.0e0
        end as squared_error
    from {{ name }}__adjusted_terms as terms
    inner join {{ name }}__kinds as kinds
        on kinds.estimator = 'difference_in_means' or terms.has_covariate

),

{{ name }}__estimates as (

    select
        {{ keyed }},
        estimator,
        arm,
        max(effective_units) as effective_units,
        max(y_per_d) as y_per_d,
        max(case when estimator = 'cuped' then theta end) as theta,
        max(shifted_mean) as shifted_mean,
        cast(sum(units) as bigint) as n,
        sum(total) as total,
        case when count(squared_error) = count(*) then sum(squared_error) end as squared_error,
        case
            when count(squared_error) = count(*)
                then
                    coalesce(
                        sum(squared_error) * sum(squared_error)
                        / nullif(sum(squared_error * squared_error / nullif(units - 1, 0)), 0),
                        sum(units) - count(*)
                    )
        end as degrees_of_freedom
    from {{ name }}__estimators
    group by
        {{ keyed }},
        estimator,
        arm

),

{{ name }}__pairs as (

    select
        {{ keyed }},
        estimator,
        max(effective_units) as effective_units,
        max(theta) as theta,
        max(case when arm = 'treatment' then shifted_mean end)
        - max(case when arm = 'control' then shifted_mean end) as mean_difference,
        {%- for arm in ('control', 'treatment') %}
        {%- for column in ('n', 'total', 'squared_error', 'degrees_of_freedom') %}
        max(case when arm = '{{ arm }}' then {{ column }} end)
            as {{ arm }}_{{ column }},
        {%- endfor %}
        max(case when arm = '{{ arm }}' then y_per_d + shifted_mean end) as {{ arm }}_mean
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__estimates
    group by
        {{ keyed }},
        estimator

),

{{ name }}__plain_errors as (

    select
        *,
        max(
            case
                when estimator = 'difference_in_means'
                    then control_squared_error + treatment_squared_error
            end
        ) over comparisons as plain_squared_error
    from {{ name }}__pairs
    window comparisons as (
        partition by
            {{ keys | join(',\n            ') }}
    )

),

{{ name }} as (

    select
        {{ keyed }},
        estimator,
        effective_units,
        theta,
        case
            when estimator = 'cuped'
                then 1 - (control_squared_error + treatment_squared_error)
                    / nullif(plain_squared_error, 0)
        end as variance_reduction,
        mean_difference,
        {%- for arm in ('control', 'treatment') %}
        {%- for column in ('n', 'total', 'mean', 'squared_error', 'degrees_of_freedom') %}
        {{ arm }}_{{ column }}{{ ',' if not (arm == 'treatment' and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from {{ name }}__plain_errors

)
{%- endmacro -%}

{#- The integer next to a ratio of two exact integers; 0 where nothing is divided by. -#}
{%- macro _nearest_ratio(dividend, divisor) -%}
{{ exact_integer(
            'round(coalesce(\n            cast(' ~ dividend ~ ' as double) / nullif(cast('
            ~ divisor ~ ' as double), 0), 0\n        ))'
        ) }}
{%- endmacro -%}

{#- A mean about an integer near it; the integer part is exact. -#}
{%- macro _centred_mean(letter) -%}
(
            cast(centre_{{ letter }} as double)
            + cast(sum_{{ letter }} - units * centre_{{ letter }} as double) / cast(units as double)
        )
{%- endmacro -%}

{#- The sum of products about the means: exact about the integers near them, then corrected. -#}
{%- macro _centred_product(first, second) -%}
(
            cast(
                sum_{{ first ~ second }} - centre_{{ first }} * sum_{{ second }}
                - centre_{{ second }} * sum_{{ first }}
                + units * centre_{{ first }} * centre_{{ second }} as double
            )
            - cast(sum_{{ first }} - units * centre_{{ first }} as double)
            * cast(sum_{{ second }} - units * centre_{{ second }} as double)
            / cast(units as double)
        )
{%- endmacro -%}

{#- Sum of products of two linearised ratios: of (a - A b) and (c - C d). -#}
{%- macro _ratio_products(a, b, c, d) -%}
{%- set first = 'ratio_' ~ a -%}
{%- set second = 'ratio_' ~ c -%}
{%- set names = {} -%}
{%- for pair in ('ee', 'ed', 'dd', 'eu', 'ew', 'du', 'dw', 'uu', 'uw', 'ww') -%}
    {%- do names.update({pair: 'products_' ~ pair, pair[1] ~ pair[0]: 'products_' ~ pair}) -%}
{%- endfor -%}
(
            {{ names[a ~ c] }}
            - {{ second }} * {{ names[a ~ d] }}
            - {{ first }} * {{ names[b ~ c] }}
            + {{ first }} * {{ second }} * {{ names[b ~ d] }}
        )
{%- endmacro -%}

{#- A sum of squares, or 0 where it is but the rounding that differences of its parts leave.

    The parts are known to 1e-15 of their size. Null stays null, which `greatest` would not do. -#}
{%- macro _beyond_rounding(squares, size) -%}
case
            when {{ squares }} > 1.0e-14 * ({{ size }}) then {{ squares }}
            when {{ squares }} is not null then 0.0e0
        end
{%- endmacro -%}

{#- A join condition: the same values of the columns in two relations. -#}
{%- macro _same(columns, first, second) -%}
{%- for column in columns -%}
{{ '\n            and ' if not loop.first }}{{ first }}.{{ column }} = {{ second }}.{{ column }}
{%- endfor %}
{%- endmacro -%}
