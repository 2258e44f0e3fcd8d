{{ measure_values(
    fact=ref('fct_sessions'),
    joins=[ref('dim_users')],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine'),
    stored=ref('int_sessions')
) }}
