{{ moment_changes(
    units=ref('int_experiment_units'),
    analyses=ref('int_experiment_analyses'),
    unit_days=ref('int_experiment_unit_days'),
    touched=ref('int_experiments_touched')
) }}
