with units as (

    select * from {{ ref('int_experiment_units') }}
    where population = 'exposed' and is_planned

),

readouts as (

    select * from {{ ref('experiment_readouts') }}

),

counted_units as (

    select
        experiment_id,
        variant_id,
        count(case when left_date is null or left_date > last_day then 1 end) as unit_count
    from units
    where exposed_date <= last_day
    group by experiment_id, variant_id

)

select
    readouts.experiment_id,
    readouts.metric_name,
    readouts.treatment_variant_id,
    concat(
        'experiment ''', readouts.experiment_id, ''': ', cast(readouts.treatment_n as string),
        ' units in the readout, ', cast(counted_units.unit_count as string), ' exposed'
    ) as message
from readouts
inner join counted_units
    on
        readouts.experiment_id = counted_units.experiment_id
        and readouts.treatment_variant_id = counted_units.variant_id
where
    readouts.is_latest
    and readouts.maturity = 'running'
    and readouts.segment_name = 'total'
    and readouts.treatment_n != counted_units.unit_count
