with comparisons as (

    select * from {{ ref('int_experiment_comparisons') }}

),

moments as (

    select * from {{ ref('int_experiment_moments') }}

),

maturities (maturity) as (

    values ('running'), ('matured')

),

days as (

    select
        *,
        {{ days_between('started_date', 'last_day') }}
            as as_of_date
    from comparisons

),

grid as (

    select
        days.*,
        maturities.maturity,
        'total' as segment_name,
        'total' as segment_value,
        1 as minimum_arm_units
    from days
    cross join maturities

),

{{ compare_variants('readouts', 'moments', 'grid') }},

final as (

    select
        {{ readout_columns() }}
    from readouts

)

select * from final
