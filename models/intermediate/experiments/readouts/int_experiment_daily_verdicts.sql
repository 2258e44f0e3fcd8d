with readouts as (

    select * from {{ ref('int_experiment_daily_readouts') }}

),

-- one family per role: what is decided on, apart from the estimator that decides nothing
families as (

    select
        *,
        case when estimator = decision_estimator then 'decision' else estimator end as adjusted_as,
        case
            when role = 'primary' and primary_rule = 'all' then concat('primary ', metric_name)
            else role
        end as test_family,
        effect * case direction when 'down' then -1 else 1 end > 0 as is_gain
    from readouts

),

-- against the margin, with the sequence's widths: valid however often one looks
margin_sequences as (

    select
        *,
        0.5e0 * ln(mixture + 1)
        - mixture * margin_statistic * margin_statistic / (2 * (mixture + 1)) as log_margin_p_value
    from families

),

sequenced as (

    -- what was once significant stays so
    select
        *,
        min(coalesce(always_valid_p_value, 1.0e0)) over until_today as lowest_always_valid_p_value,
        min(
            case
                when margin_statistic < 0 and log_margin_p_value < 0
                    then exp(greatest(log_margin_p_value, -700))
                else 1.0e0
            end
        ) over until_today as always_valid_harm_p_value,
        min(
            case
                when margin_statistic > 0 and log_margin_p_value < 0
                    then exp(greatest(log_margin_p_value, -700))
                else 1.0e0
            end
        ) over until_today as always_valid_safe_p_value
    from margin_sequences
    window until_today as (
        partition by experiment_id, metric_name, treatment_variant_id, maturity, estimator
        order by as_of_date
        rows between unbounded preceding and current row
    )

),

{% set families = ['experiment_id', 'as_of_date', 'maturity', 'adjusted_as', 'test_family'] -%}
{{ holm('held', 'sequenced', 'p_value', families, 'holm_p_value') }},

{{ benjamini_hochberg('controlled', 'held', 'p_value', families, 'bh_p_value') }},

{{ holm('harmed', 'controlled', 'harm_p_value', families, 'harm_p_value_adjusted') }},

{{ holm(
    'monitored',
    'harmed',
    'lowest_always_valid_p_value',
    families,
    'always_valid_p_value_adjusted'
) }},

{{ holm(
    'watched',
    'monitored',
    'always_valid_harm_p_value',
    families,
    'always_valid_harm_p_value_adjusted'
) }},

adjusted as (

    select
        *,
        case role
            when 'primary' then holm_p_value
            when 'secondary' then bh_p_value
            when 'guardrail' then harm_p_value_adjusted
        end as p_value_adjusted
    from watched

),

final as (

    select
        {{ readout_columns() }},
        p_value_adjusted,
        adjusted_as,
        always_valid_p_value_adjusted,
        always_valid_safe_p_value,
        always_valid_harm_p_value_adjusted,
        is_gain,
        case
            when role = 'guardrail' and non_inferiority_p_value < alpha then 'not_worse'
            when role = 'guardrail' and p_value_adjusted < alpha then 'harmful'
            when role = 'guardrail' and non_inferiority_p_value is not null then 'unclear'
            when role != 'guardrail' and p_value is null then null
            when p_value_adjusted < alpha and is_gain then 'better'
            when p_value_adjusted < alpha then 'worse'
            when role != 'guardrail' then 'unclear'
        end as verdict
    from adjusted

)

select * from final
