{#- What a policy would have earned, from impressions that another one logged, per key.

    Each impression counts with its weight, how much more often the policy would have shown it.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per logged impression
    keys: names of the columns to group by, none of them null
    reward: expression of what the impression earned (a click is 1)
    propensity: expression of the probability with which it was shown; one key with an impression
        whose propensity is null, 0 or less or above 1 is refused as a whole
    target_propensity: expression of the probability with which the policy would have shown it
    clip: expression, the same in all rows of a key: weights above it count as it
    logged_reward_mean, target_reward_mean: expressions of the reward that is expected of what was
        shown and of what the policy would have shown, from an earlier window; without them there is
        no doubly robust estimate
    alpha: expression, the same in all rows of a key: 1 - confidence of the intervals
    returns: CTEs, the last one called `name`, one row per keys and estimator (ips: inverse propensity
        score; snips: self-normalised; dr: doubly robust): value, standard_error, value_ci_lower,
        value_ci_upper, impression_count, effective_sample_size ((sum w)^2 / sum w^2), mean_weight
        (near 1 where propensities are right), largest_weight (before clipping), clip_at,
        clipped_share, refused_count (impressions without a propensity), reason (why there is no
        value or no error): no_predictions, propensity_missing, no_overlap (the policy would have
        shown none), no_reference (no reward means), too_few (one impression), zero_variance
    example: rewards 1, 0, 1 with propensities 0.5, 0.5, 0.25 and target_propensity 1 ->
        ips 2, snips 0.75, effective_sample_size 2.667
    reference: Horvitz, Thompson (1952); Swaminathan, Joachims (2015); Dudík, Langford, Li (2011) -#}
{%- macro off_policy(
    name,
    rows,
    keys,
    reward='reward',
    propensity='propensity',
    target_propensity='target_propensity',
    clip='1.0e2',
    logged_reward_mean='null',
    target_reward_mean='null',
    alpha='5.0e-2'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__impressions as (

    select
        {{ keyed }},
        {{ _finite(reward) }} as reward,
        case when {{ propensity }} > 0 and {{ propensity }} <= 1 then {{ propensity }} end
            as propensity,
        {{ _finite(target_propensity) }} as target_propensity,
        {{ _finite(logged_reward_mean) }} as logged_reward_mean,
        {{ _finite(target_reward_mean) }} as target_reward_mean,
        cast({{ clip }} as double) as clip_at,
        cast({{ alpha }} as double) as alpha
    from {{ rows }}

),

{{ name }}__weights as (

    -- a row without a reward or a target does not count, but stays for its key's sake
    select
        *,
        case when reward is not null and target_propensity is not null then 1 end as is_counted,
        case when reward is not null then target_propensity / propensity end as raw_weight,
        case
            when reward is null then null
            when target_propensity / propensity > clip_at then clip_at
            else target_propensity / propensity
        end as weight
    from {{ name }}__impressions

),

{{ name }}__terms as (

    select
        *,
        weight * reward as weighted_reward,
        target_reward_mean + weight * (reward - logged_reward_mean) as robust_reward
    from {{ name }}__weights

),

{{ name }}__sums as (

    select
        {{ keyed }},
        max(clip_at) as clip_at,
        max(alpha) as alpha,
        count(is_counted) as impression_count,
        count(is_counted) - count(weight) as refused_count,
        max(raw_weight) as largest_weight,
        cast(count(case when raw_weight > clip_at then 1 end) as double) as clipped_count,
        sum(weight) as weights,
        sum(weight * weight) as squared_weights,
        sum(weighted_reward) as weighted_rewards,
        sum(weighted_reward * weighted_reward) as squared_rewards,
        sum(weight * weighted_reward) as weight_products,
        avg(weighted_reward) as ips,
        sqrt(var_samp(weighted_reward) / nullif(count(weighted_reward), 0)) as ips_error,
        case when count(robust_reward) = count(is_counted) then avg(robust_reward) end as dr,
        case
            when count(robust_reward) = count(is_counted)
                then sqrt(var_samp(robust_reward) / nullif(count(robust_reward), 0))
        end as dr_error
    from {{ name }}__terms
    group by
        {{ keyed }}

),

{{ name }}__ratios as (

    select
        *,
        weighted_rewards / nullif(weights, 0) as snips
    from {{ name }}__sums

),

{{ name }}__squares as (

    -- sum of w^2 (r - snips)^2
    select
        *,
        squared_rewards - 2 * snips * weight_products + snips * snips * squared_weights
            as snips_squares,
        squared_rewards + snips * snips * squared_weights as size_of_squares
    from {{ name }}__ratios

),

{{ name }}__estimators (estimator) as (

    values ('ips'), ('snips'), ('dr')

),

{{ name }}__estimates as (

    select
        squares.*,
        estimators.estimator,
        case
            when squares.refused_count > 0 then null
            when estimators.estimator = 'dr' then squares.dr
            when squares.weights = 0 then null
            when estimators.estimator = 'ips' then squares.ips
            when estimators.estimator = 'snips' then squares.snips
        end as value,
        case
            when squares.refused_count > 0 or squares.impression_count < 2 then null
            when estimators.estimator = 'dr' then nullif(squares.dr_error, 0)
            when squares.weights = 0 then null
            when estimators.estimator = 'ips' then nullif(squares.ips_error, 0)
            when
                estimators.estimator = 'snips'
                and squares.snips_squares > 1.0e-14 * squares.size_of_squares
                then sqrt(squares.snips_squares) / squares.weights
        end as standard_error
    from {{ name }}__squares as squares
    cross join {{ name }}__estimators as estimators

),

{{ normal_quantile(name ~ '__intervals', name ~ '__estimates', 'alpha / 2', z='half_width') }},

{{ name }} as (

    select
        {{ keyed }},
        estimator,
        value,
        standard_error,
        value - half_width * standard_error as value_ci_lower,
        value + half_width * standard_error as value_ci_upper,
        impression_count,
        case when refused_count = 0 then weights * weights / nullif(squared_weights, 0) end
            as effective_sample_size,
        case when refused_count = 0 then weights / nullif(impression_count, 0) end as mean_weight,
        case when refused_count = 0 then largest_weight end as largest_weight,
        clip_at,
        case when refused_count = 0 then clipped_count / nullif(impression_count, 0) end
            as clipped_share,
        refused_count,
        case
            when impression_count = 0 then 'no_predictions'
            when refused_count > 0 then 'propensity_missing'
            when value is null and estimator = 'dr' then 'no_reference'
            when value is null then 'no_overlap'
            when impression_count = 1 then 'too_few'
            when standard_error is null then 'zero_variance'
        end as reason
    from {{ name }}__intervals

)
{%- endmacro -%}
