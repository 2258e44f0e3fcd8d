{#- What the clicks would be if lists were ordered by a version's scores, from lists that were
    partly ordered by chance: reward = click, target_propensity = 1 where the impression stands
    where the version would put it and else 0, weight = target_propensity / propensity. Each
    position stands for itself: a list has one impression there, so that they do not depend on each
    other, as errors assume. The first 28 days of a log give the doubly robust estimator its reward
    means; the rest is what is estimated from. -#}
{#- Who looks past the tenth place is rare, and the numbers there are noise. -#}
{%- set positions = 10 -%}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

impressions as (

    select * from {{ ref('int_ml_impressions_reordered') }}

),

reward_means as (

    select * from {{ ref('int_ml_reward_means') }}

),

logs as (

    select distinct
        model_id,
        version_id,
        evaluated_from
    from reward_means

),

estimators as (

    select 'ips' as estimator
    union all
    select 'snips' as estimator
    union all
    select 'dr' as estimator

),

-- each version over its own lists, and over those of others that it scored
pairs as (

    select
        model_id,
        version_id,
        version_id as logging_version_id,
        position
    from reward_means
    where position <= {{ positions }}
    union distinct
    select
        model_id,
        version_id,
        logging_version_id,
        position
    from impressions
    where position <= {{ positions }}

),

logged as (

    select
        impressions.model_id,
        impressions.version_id,
        impressions.logging_version_id,
        impressions.position,
        impressions.propensity,
        case when impressions.is_clicked then 1.0e0 else 0.0e0 end as reward,
        -- lists without an order do not count, but one without a propensity is always told
        case
            when impressions.is_in_place then 1.0e0
            when not impressions.is_in_place or impressions.propensity is null then 0.0e0
        end as target_propensity,
        coalesce(shown_means.reward_mean, other_means.reward_mean, 0.0e0) as logged_reward_mean,
        coalesce(target_means.reward_mean, other_means.reward_mean, 0.0e0) as target_reward_mean
    from impressions
    inner join logs
        on
            impressions.model_id = logs.model_id
            and impressions.logging_version_id = logs.version_id
            and impressions.shown_date >= logs.evaluated_from
            and impressions.position <= {{ positions }}
    left join reward_means as shown_means
        on
            impressions.model_id = shown_means.model_id
            and impressions.logging_version_id = shown_means.version_id
            and impressions.position = shown_means.position
            and impressions.item_id = shown_means.item_id
    left join reward_means as target_means
        on
            impressions.model_id = target_means.model_id
            and impressions.logging_version_id = target_means.version_id
            and impressions.position = target_means.position
            and impressions.target_item_id = target_means.item_id
    left join reward_means as other_means
        on
            impressions.model_id = other_means.model_id
            and impressions.logging_version_id = other_means.version_id
            and impressions.position = other_means.position
            and other_means.item_id = '(other)'

),

{{ off_policy(
    'estimates', 'logged', ['model_id', 'version_id', 'logging_version_id', 'position'],
    logged_reward_mean='logged_reward_mean', target_reward_mean='target_reward_mean'
) }},

as_shown as (

    select
        model_id,
        version_id,
        logging_version_id,
        position,
        sum(reward) / count(*) as logged_value
    from logged
    where target_propensity is not null
    group by
        model_id,
        version_id,
        logging_version_id,
        position

),

final as (

    select
        -- ids
        pairs.model_id,
        pairs.version_id,
        pairs.logging_version_id,

        -- text
        estimators.estimator,
        case
            when estimates.model_id is null then 'no_predictions'
            else estimates.reason
        end as reason,

        -- numbers
        pairs.position,
        estimates.value,
        estimates.standard_error,
        estimates.value_ci_lower,
        estimates.value_ci_upper,
        as_shown.logged_value,
        cast(coalesce(estimates.impression_count, 0) as bigint) as impression_count,
        cast(coalesce(estimates.refused_count, 0) as bigint) as refused_count,
        estimates.effective_sample_size,
        estimates.mean_weight,
        estimates.largest_weight,
        estimates.clip_at,
        estimates.clipped_share,

        -- times
        logs.evaluated_from,
        as_of.as_of_date
    from pairs
    inner join logs
        on
            pairs.model_id = logs.model_id
            and pairs.logging_version_id = logs.version_id
    cross join estimators
    cross join as_of
    left join as_shown
        on
            pairs.model_id = as_shown.model_id
            and pairs.version_id = as_shown.version_id
            and pairs.logging_version_id = as_shown.logging_version_id
            and pairs.position = as_shown.position
    left join estimates
        on
            pairs.model_id = estimates.model_id
            and pairs.version_id = estimates.version_id
            and pairs.logging_version_id = estimates.logging_version_id
            and pairs.position = estimates.position
            and estimators.estimator = estimates.estimator

)

select * from final
