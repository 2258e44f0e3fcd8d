{{ measure_values(
    fact=ref('team_requests'),
    joins=[ref('data_domains')],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
