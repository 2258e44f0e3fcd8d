{{ measure_values(
    fact=ref('dim_users'),
    joins=[],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
