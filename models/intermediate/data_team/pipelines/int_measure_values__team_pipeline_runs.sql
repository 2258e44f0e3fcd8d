{{ measure_values(
    fact=ref('team_pipeline_runs'),
    joins=[],
    as_of=ref('int_as_of'),
    time_spine=ref('time_spine')
) }}
