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
    from {{ name }}__posteriors

),

{{ normal_tail(name ~ '__tails', name ~ '__scores', 'abs(posterior_score)', 'posterior_tail') }},

{{ name }}__losses as (

    select
        *,
        case when posterior_score < 0 then posterior_tail else 1 - posterior_tail end
            as better_tail,
        case when posterior_score < 0 then 1 - posterior_tail else posterior_tail end
            as worse_tail
    from {{ name }}__tails

),

{{ name }} as (

    select
        {{ all_but([
            'gain', 'data_precision', 'prior_precision', 'prior_gain', 'posterior_mean',
            'posterior_deviation', 'posterior_score', 'posterior_tail', 'better_tail',
            'worse_tail',
        ]) }},
        better_tail as probability_better,
        -- never negative but by rounding
        abs(
            posterior_deviation * {{ _normal_density('posterior_score') }}
            - posterior_mean * worse_tail
        ) as expected_loss
    from {{ name }}__losses

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
