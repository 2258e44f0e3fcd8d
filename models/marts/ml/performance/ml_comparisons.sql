{%- set keys = ['model_id', 'champion_version_id', 'version_id'] -%}
with versions as (

    select * from {{ ref('int_ml_versions_watched') }}

),

pairs as (

    select * from {{ ref('int_ml_paired_predictions') }}

),

classified_pairs as (

    select * from pairs
    where task = 'binary_classification'

),

{{ compare_auc(
    'ranked', 'classified_pairs', keys,
    first_score='champion_score', second_score='score', outcome='label'
) }},

pair_losses as (

    select
        *,
        'log_loss' as metric_name,
        {{ log_loss('champion_score', 'label') }} as champion_loss,
        {{ log_loss('score', 'label') }} as loss
    from classified_pairs
    union all
    select
        *,
        'brier_score' as metric_name,
        {{ brier('champion_score', 'label') }} as champion_loss,
        {{ brier('score', 'label') }} as loss
    from classified_pairs
    union all
    select
        *,
        'mae' as metric_name,
        abs(champion_score - label) as champion_loss,
        abs(score - label) as loss
    from pairs
    where task = 'regression'

),

{{ paired_difference(
    'lost', 'pair_losses', keys + ['metric_name'], 'entity_id', 'champion_loss', 'loss'
) }},

compared as (

    select
        {{ keys | join(', ') }},
        'roc_auc' as metric_name,
        first_auc as champion_value,
        second_auc as version_value,
        effect,
        standard_error,
        statistic,
        p_value,
        effect_ci_lower,
        effect_ci_upper,
        prediction_count,
        reason
    from ranked
    union all
    select
        {{ keys | join(', ') }},
        metric_name,
        first_value as champion_value,
        second_value as version_value,
        effect,
        standard_error,
        statistic,
        p_value,
        effect_ci_lower,
        effect_ci_upper,
        prediction_count,
        reason
    from lost

),

days as (

    select
        {{ keys | join(', ') }},
        count(distinct entity_id) as entity_count,
        min(predicted_date) as first_predicted_date,
        max(predicted_date) as last_predicted_date
    from pairs
    group by {{ keys | join(', ') }}

),

final as (

    select
        -- ids
        compared.model_id,
        compared.champion_version_id,
        compared.version_id,

        -- text
        versions.role,
        compared.metric_name,
        compared.reason,
        case
            when compared.p_value is null then null
            when compared.p_value >= 0.05 then 'unclear'
            when (compared.effect > 0) = (compared.metric_name = 'roc_auc') then 'better'
            else 'worse'
        end as verdict,

        -- numbers
        cast(compared.prediction_count as bigint) as prediction_count,
        cast(days.entity_count as bigint) as entity_count,
        compared.champion_value,
        compared.version_value,
        compared.effect,
        compared.standard_error,
        compared.statistic,
        compared.p_value,
        compared.effect_ci_lower,
        compared.effect_ci_upper,

        -- times
        days.first_predicted_date,
        days.last_predicted_date
    from compared
    inner join versions
        on
            compared.model_id = versions.model_id
            and compared.version_id = versions.version_id
    inner join days
        on
            compared.model_id = days.model_id
            and compared.champion_version_id = days.champion_version_id
            and compared.version_id = days.version_id

)

select * from final
