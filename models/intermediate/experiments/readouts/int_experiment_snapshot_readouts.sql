with moments as (

    select * from {{ ref('int_experiment_snapshot_moments') }}

),

grid as (

    select * from {{ ref('int_experiment_snapshot_comparisons') }}

),

{{ compare_variants('readouts', 'moments', 'grid') }},

{{ benjamini_hochberg(
    'controlled',
    'readouts',
    'p_value',
    ['experiment_id', 'as_of_date', 'maturity', 'estimator'],
) }},

final as (

    select
        {{ readout_columns() }},
        p_value_adjusted
    from controlled

)

select * from final
