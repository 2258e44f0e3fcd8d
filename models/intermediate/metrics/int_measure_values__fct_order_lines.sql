{{ measure_values(
    fact=ref('fct_order_lines'),
    joins=[ref('dim_users'), ref('dim_courses')],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine'),
    stored=ref('int_order_lines')
) }}
