{{ metric_values(
    measures=ref('int_measures_pivoted'),
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
