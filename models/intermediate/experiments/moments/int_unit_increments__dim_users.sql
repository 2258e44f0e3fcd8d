{{ unit_increments(
    fact=ref('dim_users'),
    joins=[],
    units=ref('int_experiment_units'),
    analyses=ref('int_experiment_analyses'),
    touched=ref('int_experiments_touched')
) }}
