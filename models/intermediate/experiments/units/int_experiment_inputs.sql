{{ experiment_inputs(
    facts=[
        ref('dim_users'),
        ref('fct_events'),
        ref('fct_order_lines'),
        ref('fct_orders'),
        ref('fct_sessions'),
        ref('fct_survey_responses'),
    ],
    stored=[
        ref('int_events'),
        ref('int_order_lines'),
        ref('int_orders'),
        ref('int_sessions'),
    ],
    dimensions=[ref('dim_users'), ref('dim_courses')],
    experiments=ref('int_experiments_scheduled'),
    analyses=ref('int_experiment_analyses'),
    units=ref('int_experiment_units')
) }}
