{{ measure_values(
    fact=ref('data_cost_days'),
    joins=[ref('data_domains')],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
