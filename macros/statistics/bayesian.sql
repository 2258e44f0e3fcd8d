{#- The posterior of the effect in the good direction, for a normal likelihood and prior.

    Adds to each row of `rows`: probability_better (that the treatment is better) and expected_loss
    (of choosing the treatment, in the metric's unit). Null without a standard error.

    name: name of the CTE that comes out
    rows: name of a CTE with effect, standard_error, control_mean, direction (`up` or `down`), and
        prior_mean and prior_deviation of the relative effect (both null: a flat prior)
    returns: CTEs, the last one called `name`
    example: effect 1, standard_error 1, flat prior -> probability_better 0.841, expected_loss 0.083
    reference: normal-normal conjugacy; expected loss as in Stucchio (2015) -#}
{%- macro bayesian(name, rows) -%}
{{ name }}__priors as (

    select
        *,
        effect * case direction when 'down' then -1 else 1 end as gain,
        1 / nullif(standard_error * standard_error, 0) as data_precision,
        coalesce(
            1 / nullif(prior_deviation * prior_deviation * control_mean * control_mean, 0), 0.0e0
        ) as prior_precision,
        coalesce(prior_mean * abs(control_mean), 0.0e0) as prior_gain
    from {{ rows }}

),

{{ name }}__posteriors as (

    select
        *,
        (gain * data_precision + prior_gain * prior_precision)
        / (data_precision + prior_precision) as posterior_mean,
        1 / sqrt(data_precision + prior_precision) as posterior_deviation
    from {{ name }}__priors

),

{{ name }}__scores as (

    select
        *,
        posterior_mean / posterior_deviation as posterior_score
    from {{ name }}__posteriors{{ computed_once() }}

),

{{ name }}__arguments as (

    select posterior_score as z from {{ name }}__scores
    union all
    select -posterior_score as z from {{ name }}__scores

),

{{ normal_tail(name ~ '__tails', name ~ '__arguments') }},

{{ name }} as (

    select
        scores.*,
        better.upper_tail as probability_better,
        -- never negative but by rounding
        abs(
            scores.posterior_deviation * {{ _normal_density('scores.posterior_score') }}
            - scores.posterior_mean * worse.upper_tail
        ) as expected_loss
    from {{ name }}__scores as scores
    left join {{ name }}__tails as better on -scores.posterior_score = better.z
    left join {{ name }}__tails as worse on scores.posterior_score = worse.z

)
{%- endmacro -%}

{#- Density of the standard normal; beyond 38 it is below the smallest double. -#}
{%- macro _normal_density(z) -%}
case
                when abs({{ z }}) < 38
                    then
                        exp(-0.5e0 * {{ z }} * {{ z }})
                        * 3.98942280401432678e-1
                else 0.0e0
            end
{%- endmacro -%}
