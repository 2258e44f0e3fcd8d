{#- How far predicted numbers were from what came, per key.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction: the keys, a predicted and a realised number
    keys: names of the columns to group by, none of them null
    score: expression of the predicted number; null, NaN and infinite ones are no predictions
    outcome: expression of the realised number, null as long as it is not known
    returns: CTEs, the last one called `name`, one row per keys and metric_name: value, reason (why
        the value is null), prediction_count and mature_count (predictions with an outcome).
        metric_name: rmse, mae, mean_error (predicted less realised).
        reason: no_predictions, not_matured
    example: predicted 3 and 5, realised 2 and 7 -> rmse 1.581, mae 1.5, mean_error -0.5
    reference: equals scikit-learn's root_mean_squared_error and mean_absolute_error -#}
{%- macro regression_measures(name, rows, keys, score='score', outcome='outcome') -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__predictions as (

    select
        {{ keyed }},
        {{ _finite(score) }} as score,
        {{ _finite(outcome) }} as outcome
    from {{ rows }}

),

{{ name }}__sums as (

    select
        {{ keyed }},
        count(score) as prediction_count,
        count(score - outcome) as mature_count,
        avg((score - outcome) * (score - outcome)) as mean_squared_error,
        avg(abs(score - outcome)) as mean_absolute_error,
        avg(score - outcome) as mean_error
    from {{ name }}__predictions
    group by
        {{ keyed }}

),

{{ name }}__metrics (metric_name) as (

    values ('rmse'), ('mae'), ('mean_error')

),

{{ name }} as (

    select
        {{ keyed }},
        metrics.metric_name,
        case metrics.metric_name
            when 'rmse' then sqrt(sums.mean_squared_error)
            when 'mae' then sums.mean_absolute_error
            when 'mean_error' then sums.mean_error
        end as value,
        case
            when sums.prediction_count = 0 then 'no_predictions'
            when sums.mature_count = 0 then 'not_matured'
        end as reason,
        sums.prediction_count,
        sums.mature_count
    from {{ name }}__sums as sums
    cross join {{ name }}__metrics as metrics

)
{%- endmacro -%}
