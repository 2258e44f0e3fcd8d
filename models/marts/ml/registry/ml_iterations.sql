with models as (

    select * from {{ ref('ml_models') }}

),

versions as (

    select * from {{ ref('ml_model_versions') }}

),

-- a version that was never validated says nothing about whether to go on
measured_versions as (

    select
        versions.*,
        models.minimum_gain,
        {{ is_lower_better('versions.validation_metric') }} as is_lower_better
    from versions
    inner join models on versions.model_id = models.model_id

),

numbered_versions as (

    select
        *,
        case when is_lower_better then -validation_value else validation_value end as goodness,
        cast(
            row_number() over (
                partition by model_id
                order by created_at, version_id
            ) as bigint
        ) as iteration
    from measured_versions

),

-- the best of what came before
compared_versions as (

    select
        *,
        max(goodness) over (
            partition by model_id
            order by iteration
            rows between unbounded preceding and 1 preceding
        ) as best_before
    from numbered_versions

),

gains as (

    select
        *,
        goodness - best_before as gain_over_before,
        (goodness - best_before) / nullif(abs(best_before), 0) as relative_gain,
        case
            when best_before is not null
                then coalesce(
                        (goodness - best_before) / nullif(abs(best_before), 0) < minimum_gain,
                        false
                    )
        end as is_small_gain
    from compared_versions

),

runs as (

    select
        *,
        lag(is_small_gain) over (
            partition by model_id, goodness is null
            order by iteration
        ) as was_small_gain
    from gains

),

final as (

    select
        -- ids
        model_id,
        version_id,

        -- text
        role,
        validation_metric,
        validation_dataset,
        case
            when goodness is null then 'not_validated'
            when best_before is null then 'first'
            when is_small_gain and was_small_gain then 'stop'
            when is_small_gain then 'last_try'
            else 'go_on'
        end as verdict,
        case
            when goodness is null
                then 'the version was not validated by the metric of its model'
            when best_before is null
                then 'the first version that was validated'
            when is_small_gain and was_small_gain
                then 'two versions in a row gained less than is worth it: stop iterating'
            when is_small_gain
                then 'it gained less than is worth it: one more such version, and stop'
            else 'it gained what is worth another version'
        end as explanation,

        -- numbers
        iteration,
        validation_value,
        baseline_value,
        gain_over_baseline,
        gain_over_before,
        relative_gain,
        minimum_gain,
        effort_days,
        sum(effort_days) over (
            partition by model_id
            order by iteration
            rows between unbounded preceding and current row
        ) as total_effort_days,
        gain_over_before / nullif(effort_days, 0) as gain_per_day,

        -- times
        created_at
    from runs

)

select * from final
