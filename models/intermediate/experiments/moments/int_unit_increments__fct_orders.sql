{{ unit_increments(
    fact=ref('fct_orders'),
    joins=[ref('dim_users')],
    units=ref('int_experiment_units'),
    analyses=ref('int_experiment_analyses'),
    touched=ref('int_experiments_touched')
) }}
