{{ unit_increments(
    fact=ref('fct_order_lines'),
    joins=[ref('dim_users'), ref('dim_courses')],
    units=ref('int_experiment_units'),
    analyses=ref('int_experiment_analyses'),
    touched=ref('int_experiments_touched')
) }}
