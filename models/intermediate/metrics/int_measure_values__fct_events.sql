{{ measure_values(
    fact=ref('fct_events'),
    joins=[ref('dim_users'), ref('dim_courses')],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine'),
    stored=ref('int_events')
) }}
