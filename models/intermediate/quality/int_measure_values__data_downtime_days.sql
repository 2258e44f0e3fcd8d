{{ measure_values(
    fact=ref('data_downtime_days'),
    joins=[],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
