{#- Four metrics and the sample ratio of every experiment, from one row per unit. -#}
with
{{ unit_moments(
    'moments',
    'benchmark.units',
    ['experiment_id', 'stratum', 'arm'],
    [
        {'name': 'conversion', 'value': 'converted'},
        {'name': 'revenue', 'value': 'revenue', 'covariate': 'revenue_before', 'scale': '0.01'},
        {
            'name': 'order_value',
            'value': 'revenue',
            'denominator': 'order_count',
            'covariate': 'revenue_before',
            'covariate_denominator': 'order_count_before',
            'scale': '0.01',
        },
        {'name': 'sessions', 'value': 'session_count', 'covariate': 'session_count_before'},
    ]
) }},

{{ arm_estimates('estimates', 'moments', ['experiment_id', 'metric_name']) }},

estimated as (

    select
        *,
        0.05e0 as alpha
    from estimates

),

{{ welch('tested', 'estimated', difference='mean_difference') }},

{{ relative_effect('readouts', 'tested') }},

cells as (

    select
        experiment_id,
        units as observed,
        sum(units) over (partition by experiment_id) / 2.0e0 as expected,
        1 as degrees_of_freedom
    from moments
    where metric_name = 'conversion'

),

{{ chi_square_test('sample_ratios', 'cells', ['experiment_id']) }}

select
    readouts.*,
    sample_ratios.p_value as sample_ratio_p_value
from readouts
inner join sample_ratios on readouts.experiment_id = sample_ratios.experiment_id
