{#- What each day of many daily series was expected to be, from the days before it alone, and how far
    it is off.

    Expected: the median of the last 28 days, moved by what the same weekday usually differs from it
    (median of up to 8 weeks). Spread: the third quartile of how far the last 56 days were off. The
    score is the distance in standard deviations of a normal distribution with that quartile, on a
    scale of its own for each kind of value:

        count   whole numbers from 0: ln(x + 10); spread at least that of a Poisson count
        amount  sums and means from 0: ln(x / expected + 0.05); spread at least that of a mean of
                `sample_size` rows that vary by half of it
        share   0 to 1: 2 asin(sqrt(x)); spread at least that of a share of `sample_size` rows
        days    days without rows: as it is; spread at least a quarter of a day, or as much as chance
                alone leaves a table of `sample_size` rows a day without any
        number  any other: as it is

    Days may be missing; a value may be null. A day is judged from 14 days with a distance on, which
    takes 28 days without gaps.

    name: name of the last CTE
    rows: name of a CTE with the columns of `series`, date_day, actual_value (double), value_scale
        (one of the above), sample_size (double: rows behind the value; may be null), is_complete (a
        day that is not is neither judged nor learnt from) and is_incident (known to be wrong: judged, but not
        learnt from); one row per series and day, no column whose name starts with `anomaly_`
    series: names of the columns that tell series apart
    returns: CTEs, without a comma before the first or after the last; the last adds expected_value,
        lower_bound, upper_bound, score, is_anomaly and reason (no_value, incomplete_day,
        out_of_range, too_few_rows, too_few_days, level_not_positive, no_variation; null where there
        is a score)
    example: score_anomalies('scored', 'daily_orders', ['metric_name']) of 28 days around 200 and a
        day of 90 -> expected_value 200.0, is_anomaly true -#}
{%- macro score_anomalies(name, rows, series) -%}
{%- set keys = series | join(', ') -%}
{{ name }}__transformed as (

    select
        *,
        {{ date_difference('day', "date '1900-01-01'", 'date_day') }} as anomaly_day,
        value_scale in ('count', 'amount') as anomaly_multiplies,
        case value_scale
            when 'count' then case when actual_value >= 0 then actual_value + {{ _anomaly_added_count() }} end
            when 'amount'
                then
                    case
                        when sample_size < {{ _anomaly_fewest_rows() }} then null
                        when actual_value < 0 then 0.0e0
                        else actual_value
                    end
            when 'share'
                then
                    case
                        when actual_value between 0 and 1
                            then 2.0e0 * asin(sqrt(least(greatest(actual_value, 0.0e0), 1.0e0)))
                    end
            when 'days' then case when actual_value >= 0 then actual_value end
            else actual_value
        end as anomaly_value
    from {{ rows }}

),

{{ name }}__learnt as (

    select
        *,
        mod(anomaly_day, 7) as anomaly_weekday,
        case when is_complete and not is_incident then anomaly_value end as anomaly_learnt
    from {{ name }}__transformed

),

{{ name }}__levels as (

    select
        *,
        case
            when count(anomaly_learnt) over last_days >= 7
                then {{ quantile_over('anomaly_learnt', 0.5, 'last_days') }}
        end as anomaly_level
    from {{ name }}__learnt
    window last_days as (
        partition by {{ keys }}
        order by anomaly_day
        range between 28 preceding and 1 preceding
    )

),

{{ name }}__relative as (

    select
        *,
        case
            when not anomaly_multiplies then anomaly_learnt - anomaly_level
            when anomaly_level > 0 then anomaly_learnt / nullif(anomaly_level, 0)
        end as anomaly_relative
    from {{ name }}__levels

),

{{ name }}__weekdays as (

    select
        *,
        {{ quantile_over('anomaly_relative', 0.5, 'same_weekdays') }} as anomaly_weekday_effect,
        count(anomaly_relative) over same_weekdays as anomaly_weeks
    from {{ name }}__relative
    window same_weekdays as (
        partition by {{ keys }}, anomaly_weekday
        order by anomaly_day
        range between 56 preceding and 7 preceding
    )

),

{{ name }}__expected as (

    select
        *,
        case
            when anomaly_weeks = 0 or anomaly_level is null then null
            when value_scale = 'share'
                then least(greatest(anomaly_level + anomaly_weekday_effect, 0.0e0), acos(-1.0e0))
            when not anomaly_multiplies then anomaly_level + anomaly_weekday_effect
            when anomaly_level * anomaly_weekday_effect > 0
                then anomaly_level * anomaly_weekday_effect
        end as anomaly_expected,
        -- what few weeks add to the spread: the median of n values varies by pi / 2n at most
        sqrt(1.0e0 + 1.57e0 / (anomaly_weeks + 5.7e-1)) as anomaly_width
    from {{ name }}__weekdays

),

{{ name }}__distances as (

    select
        *,
        case value_scale
            when 'count' then ln(anomaly_value / nullif(anomaly_expected, 0))
            when 'amount'
                then
                    ln(
                        (anomaly_value / nullif(anomaly_expected, 0) + {{ _anomaly_added_share() }})
                        / (1.0e0 + {{ _anomaly_added_share() }})
                    )
            else anomaly_value - anomaly_expected
        end / anomaly_width as anomaly_distance
    from {{ name }}__expected

),

{{ name }}__learnt_distances as (

    select
        *,
        case when anomaly_learnt is not null then abs(anomaly_distance) end
            as anomaly_learnt_distance
    from {{ name }}__distances

),

{{ name }}__spreads as (

    select
        *,
        count(anomaly_learnt_distance) over last_weeks as anomaly_days,
        -- 1.1503 is the third quartile of a standard normal distance
        {{ quantile_over('anomaly_learnt_distance', 0.75, 'last_weeks') }} / 1.1503493803760079e0
        * (1.0e0 + 1.0e0 / nullif(count(anomaly_learnt_distance) over last_weeks, 0))
            as anomaly_spread
    from {{ name }}__learnt_distances
    window last_weeks as (
        partition by {{ keys }}
        order by anomaly_day
        range between 56 preceding and 1 preceding
    )

),

{{ name }}__deviations as (

    select
        *,
        greatest(
            anomaly_spread,
            case value_scale
                when 'count'
                    then
                        greatest(
                            sqrt(
                                greatest(anomaly_expected - {{ _anomaly_added_count() }}, 0.0e0) + 1.0e0
                            ) / nullif(anomaly_expected, 0),
                            {{ _anomaly_least_deviation() }}
                        )
                when 'share'
                    then
                        greatest(
                            case
                                when sample_size > 0 then 1.0e0 / sqrt(sample_size)
                                else 0.0e0
                            end,
                            {{ _anomaly_least_deviation() }}
                        )
                when 'amount'
                    then
                        greatest(
                            case
                                when sample_size > 0 then 5.0e-1 / sqrt(sample_size)
                                else 0.0e0
                            end,
                            {{ _anomaly_least_deviation() }}
                        )
                when 'days' then greatest(coalesce(2.0e0 / nullif(sample_size, 0), 0.0e0), 2.5e-1)
                else 0.0e0
            end
        ) as anomaly_deviation
    from {{ name }}__spreads

),

{{ name }}__reasons as (

    select
        *,
        case
            when actual_value is null then 'no_value'
            when not is_complete then 'incomplete_day'
            when value_scale = 'amount' and anomaly_value is null then 'too_few_rows'
            when anomaly_value is null then 'out_of_range'
            when anomaly_multiplies and anomaly_level <= 0 then 'level_not_positive'
            when anomaly_days < 14 or anomaly_weeks = 0 or anomaly_level is null
                then 'too_few_days'
            when anomaly_expected is null then 'level_not_positive'
            when anomaly_deviation = 0 then 'no_variation'
        end as reason,
        {{ _anomaly_threshold() }} * anomaly_deviation * anomaly_width as anomaly_reach
    from {{ name }}__deviations

),

{{ name }}__scored as (

    select
        *,
        case
            when reason is null then anomaly_distance / nullif(anomaly_deviation, 0)
        end as score,
        case
            when reason is not null then null
            else {{ _anomaly_untransformed('0.0e0') }}
        end as expected_value,
        case
            when reason is not null then null
            else {{ _anomaly_untransformed('-1.0e0 * anomaly_reach') }}
        end as lower_bound,
        case
            when reason is not null then null
            else {{ _anomaly_untransformed('anomaly_reach') }}
        end as upper_bound
    from {{ name }}__reasons

),

{{ name }} as (

    select
        {{ all_but([
            'anomaly_day', 'anomaly_multiplies', 'anomaly_value', 'anomaly_weekday',
            'anomaly_learnt', 'anomaly_level', 'anomaly_relative', 'anomaly_weekday_effect',
            'anomaly_weeks', 'anomaly_expected', 'anomaly_width', 'anomaly_distance',
            'anomaly_learnt_distance', 'anomaly_days', 'anomaly_spread', 'anomaly_deviation',
            'anomaly_reach'
        ]) }},
        coalesce(abs(score) > {{ _anomaly_threshold() }}, false) as is_anomaly
    from {{ name }}__scored

)
{%- endmacro -%}

{#- The value that lies some distance from the expected one. -#}
{%- macro _anomaly_untransformed(distance) -%}
                case value_scale
                    when 'count'
                        then
                            greatest(
                                anomaly_expected * exp({{ distance }})
                                - {{ _anomaly_added_count() }},
                                0.0e0
                            )
                    when 'amount'
                        then
                            anomaly_expected
                            * greatest(
                                (1.0e0 + {{ _anomaly_added_share() }}) * exp({{ distance }})
                                - {{ _anomaly_added_share() }},
                                0.0e0
                            )
                    when 'share'
                        then
                            power(
                                sin(
                                    least(
                                        greatest(anomaly_expected + {{ distance }}, 0.0e0),
                                        acos(-1.0e0)
                                    ) / 2.0e0
                                ),
                                2
                            )
                    when 'days' then greatest(anomaly_expected + {{ distance }}, 0.0e0)
                    else anomaly_expected + {{ distance }}
                end
{%- endmacro -%}

{#- Chosen by simulation, see benchmarks/results/anomalies.md: a false alarm on well below 1 % of days. -#}
{%- macro _anomaly_threshold() -%}
3.5e0
{%- endmacro -%}

{#- Below about 10, a count varies by steps of its own size: there a logarithm would stretch them. -#}
{%- macro _anomaly_added_count() -%}
10.0e0
{%- endmacro -%}

{#- Keeps the logarithm of nothing finite. -#}
{%- macro _anomaly_added_share() -%}
5.0e-2
{%- endmacro -%}

{#- The mean of fewer jumps from one value to another. -#}
{%- macro _anomaly_fewest_rows() -%}
10
{%- endmacro -%}

{#- Whoever varies less is still allowed a change of 3.5 %. -#}
{%- macro _anomaly_least_deviation() -%}
1.0e-2
{%- endmacro -%}
