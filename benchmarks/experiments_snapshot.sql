{#- The last day alone: totals of matured units written for these four metrics, then our statistics.

    It leaves out what the models do for any metric and day: other facts, running units, rollout
    stages, segments, caps, units that met a second variant. -#}
with units as (

    select * from intermediate.int_experiment_units

),

orders as (

    select * from core.fct_orders
    where is_purchase

),

unit_orders as (

    select
        units.experiment_id,
        units.variant_id,
        units.unit_id,
        orders.gross_amount,
        orders.ordered_at >= units.exposed_at
        and orders.ordered_at < units.exposed_at + interval 14 day as is_after,
        orders.ordered_at < units.exposed_at
        and orders.ordered_at >= units.exposed_at - interval 28 day as is_before
    from units
    left join orders on units.unit_id = orders.user_id

),

totals as (

    select
        experiment_id,
        'all' as stratum,
        case when variant_id = 'control' then 'control' else 'treatment' end as arm,
        unit_id,
        count(case when is_after then 1 end) as orders_after,
        count(case when is_before then 1 end) as orders_before,
        sum(case when is_after then gross_amount end) as amount_after,
        sum(case when is_before then gross_amount end) as amount_before
    from unit_orders
    group by experiment_id, variant_id, unit_id

),

{{ unit_moments(
    'moments',
    'totals',
    ['experiment_id', 'stratum', 'arm'],
    [
        {'name': 'orders', 'value': 'orders_after', 'covariate': 'orders_before'},
        {
            'name': 'buyers',
            'value': 'least(orders_after, 1)',
            'covariate': 'least(orders_before, 1)',
        },
        {
            'name': 'gross_revenue',
            'value': 'amount_after',
            'covariate': 'amount_before',
            'scale': '0.01',
        },
        {
            'name': 'average_order_value',
            'value': 'amount_after',
            'denominator': 'orders_after',
            'covariate': 'amount_before',
            'covariate_denominator': 'orders_before',
            'scale': '0.01',
        },
    ]
) }},

{{ arm_estimates('estimates', 'moments', ['experiment_id', 'metric_name']) }},

estimated as (

    select
        *,
        0.05e0 as alpha,
        'up' as direction,
        cast(null as double) as non_inferiority_margin,
        cast(null as bigint) as planned_units,
        cast(null as double) as prior_mean,
        cast(null as double) as prior_deviation
    from estimates

),

{{ welch('tested', 'estimated', difference='mean_difference') }},

{{ relative_effect('related', 'tested') }},

{{ non_inferiority('guarded', 'related') }},

{{ always_valid('sequenced', 'guarded') }},

{{ bayesian('readouts', 'sequenced') }}

select * from readouts
