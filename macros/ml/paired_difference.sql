{#- The paired t-test of two mean losses on the same predictions, per key, by entity.

    An entity (a user, an order) may have several predictions, which are not independent: the mean
    loss is a ratio of sums per entity, and its error comes from these sums (delta method). With one
    prediction each this is the plain paired t-test.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction that both versions made: the keys, the entity and
        the losses of both
    keys: names of the columns to group by, none of them null; metric_name among them compares
        several losses at once
    entity: name of the column that says what a prediction is about
    first_loss, second_loss: expressions, see `log_loss` and `brier`; a row without one of them does
        not count
    alpha: expression, the same in all rows of a key: 1 - confidence of the interval
    returns: CTEs, the last one called `name`, one row per keys: first_value, second_value (mean
        losses), effect (second less first; negative where the second is better), standard_error,
        degrees_of_freedom (entities - 1), statistic, p_value (two-sided), effect_ci_lower,
        effect_ci_upper, entity_count, prediction_count, reason (why there is no p-value):
        no_predictions, too_few (one entity), zero_variance
    example: losses 0.1, 0.4, 0.2 and 0.3, 0.5, 0.7 of three entities -> effect 0.267, p_value 0.157
    reference: equals scipy's ttest_rel for one prediction each; Deng, Knoblich, Lu (2018) for the
        ratio -#}
{%- macro paired_difference(
    name,
    rows,
    keys,
    entity='entity_id',
    first_loss='first_loss',
    second_loss='second_loss',
    alpha='5.0e-2'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__losses as (

    select
        {{ keyed }},
        {{ entity }} as entity_id,
        {{ _finite(first_loss) }} as first_loss,
        {{ _finite(second_loss) }} as second_loss,
        {{ alpha }} as alpha
    from {{ rows }}

),

{{ name }}__entities as (

    select
        {{ keyed }},
        entity_id,
        max(cast(alpha as double)) as alpha,
        count(first_loss + second_loss) as prediction_count,
        sum(case when second_loss is not null then first_loss end) as first_sum,
        sum(case when first_loss is not null then second_loss end) as second_sum,
        sum(second_loss - first_loss) as difference_sum
    from {{ name }}__losses
    group by
        {{ keyed }},
        entity_id

),

{{ name }}__residuals as (

    select
        *,
        difference_sum - prediction_count
        * sum(difference_sum) over comparisons
        / nullif(sum(prediction_count) over comparisons, 0) as residual
    from {{ name }}__entities
    window comparisons as (
        partition by
            {{ keys | join(',\n            ') }}
    )

),

{{ name }}__sums as (

    select
        {{ keyed }},
        max(alpha) as alpha,
        cast(count(difference_sum) as double) as entity_count,
        cast(sum(prediction_count) as double) as prediction_count,
        sum(first_sum) as first_sum,
        sum(second_sum) as second_sum,
        sum(difference_sum) as difference_sum,
        sum(residual * residual) as squares,
        sum(difference_sum * difference_sum) as size_of_squares
    from {{ name }}__residuals
    group by
        {{ keyed }}

),

{{ name }}__errors as (

    -- squares below 1e-28 of their size are what rounding leaves of none
    select
        {{ keyed }},
        alpha,
        entity_count,
        prediction_count,
        first_sum / nullif(prediction_count, 0) as first_value,
        second_sum / nullif(prediction_count, 0) as second_value,
        difference_sum / nullif(prediction_count, 0) as effect,
        case
            when squares > 1.0e-28 * size_of_squares and entity_count > 1
                then
                    sqrt(squares * entity_count / nullif(entity_count - 1, 0))
                    / nullif(prediction_count, 0)
        end as standard_error,
        case when entity_count > 1 then entity_count - 1 end as degrees_of_freedom
    from {{ name }}__sums

),

{{ name }}__statistics as (

    select
        *,
        effect / standard_error as statistic
    from {{ name }}__errors

),

{{ student_tail(name ~ '__tails', name ~ '__statistics', 'abs(statistic)', upper_tail='tail') }},

{{ student_quantile(name ~ '__quantiles', name ~ '__tails', 'alpha / 2', statistic='reach') }},

{{ name }} as (

    select
        {{ keyed }},
        first_value,
        second_value,
        effect,
        standard_error,
        degrees_of_freedom,
        statistic,
        2 * tail as p_value,
        effect - reach * standard_error as effect_ci_lower,
        effect + reach * standard_error as effect_ci_upper,
        cast(entity_count as bigint) as entity_count,
        cast(prediction_count as bigint) as prediction_count,
        case
            when entity_count = 0 then 'no_predictions'
            when entity_count = 1 then 'too_few'
            when standard_error is null then 'zero_variance'
        end as reason
    from {{ name }}__quantiles

)
{%- endmacro -%}
