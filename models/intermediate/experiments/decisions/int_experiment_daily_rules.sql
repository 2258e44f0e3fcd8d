with verdicts as (

    select * from {{ ref('int_experiment_daily_verdicts') }}
    where maturity = 'matured' and adjusted_as = 'decision'

),

judged as (

    -- the p-value that the registered monitoring reads, and never the smaller of two
    select
        *,
        case
            when monitoring = 'always_valid' then always_valid_p_value_adjusted
            else p_value_adjusted
        end as deciding_p_value,
        case
            when monitoring = 'always_valid' then always_valid_safe_p_value
            else coalesce(non_inferiority_p_value, 1.0e0)
        end as deciding_safe_p_value,
        case
            when monitoring = 'always_valid' then always_valid_harm_p_value_adjusted
            else p_value_adjusted
        end as deciding_harm_p_value,
        case
            when monitoring = 'always_valid' and direction = 'down'
                then -always_valid_ci_lower / nullif(abs(control_mean), 0)
            when monitoring = 'always_valid'
                then always_valid_ci_upper / nullif(abs(control_mean), 0)
            when direction = 'down' then -relative_effect_ci_lower
            else relative_effect_ci_upper
        end as largest_relative_gain
    from verdicts

),

counted as (

    select
        experiment_id,
        treatment_variant_id,
        as_of_date,
        max(primary_rule) as primary_rule,
        max(monitoring) as monitoring,
        count(case when role = 'primary' then 1 end) as primary_count,
        count(
            case when role = 'primary' and deciding_p_value < alpha and is_gain then 1 end
        ) as better_primary_count,
        count(
            case when role = 'primary' and deciding_p_value < alpha and not is_gain then 1 end
        ) as worse_primary_count,
        count(
            case
                when
                    role = 'primary'
                    and always_valid_p_value_adjusted < alpha
                    and not is_gain
                    then 1
            end
        ) as worse_primary_count_early,
        count(
            case
                when
                    role = 'primary'
                    and minimum_detectable_effect is not null
                    and largest_relative_gain < minimum_detectable_effect
                    then 1
            end
        ) as small_primary_count,
        count(case when role = 'guardrail' then 1 end) as guardrail_count,
        count(
            case when role = 'guardrail' and deciding_safe_p_value < alpha then 1 end
        ) as safe_guardrail_count,
        count(
            case when role = 'guardrail' and deciding_harm_p_value < alpha then 1 end
        ) as harmed_guardrail_count,
        count(
            case when role = 'guardrail' and always_valid_harm_p_value_adjusted < alpha then 1 end
        ) as harmed_guardrail_count_early,
        min(
            case when role = 'guardrail' and deciding_harm_p_value < alpha then metric_name end
        ) as harmed_guardrail,
        min(
            case
                when role = 'guardrail' and always_valid_harm_p_value_adjusted < alpha
                    then metric_name
            end
        ) as harmed_guardrail_early,
        min(
            case when role = 'guardrail' and deciding_safe_p_value >= alpha then metric_name end
        ) as unclear_guardrail,
        min(
            case
                when role = 'primary' and deciding_p_value < alpha and is_gain then metric_name
            end
        ) as better_primary,
        min(
            case
                when role = 'primary' and deciding_p_value < alpha and not is_gain then metric_name
            end
        ) as worse_primary
    from judged
    group by experiment_id, treatment_variant_id, as_of_date

),

final as (

    select
        *,
        case primary_rule
            when 'all' then primary_count > 0 and better_primary_count = primary_count
            else better_primary_count > 0
        end as is_primary_met,
        worse_primary_count > 0 or harmed_guardrail_count > 0 as is_harmed,
        worse_primary_count_early > 0 or harmed_guardrail_count_early > 0 as is_harmed_early,
        safe_guardrail_count = guardrail_count as is_safe,
        primary_count > 0 and small_primary_count = primary_count as is_too_small
    from counted

)

select * from final
