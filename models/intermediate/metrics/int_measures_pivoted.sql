{{ pivot_measures(
    measure_values=[
        ref('int_measure_values__data_cost_days'),
        ref('int_measure_values__data_downtime_days'),
        ref('int_measure_values__dim_users'),
        ref('int_measure_values__fct_events'),
        ref('int_measure_values__fct_order_lines'),
        ref('int_measure_values__fct_orders'),
        ref('int_measure_values__fct_sessions'),
        ref('int_measure_values__fct_survey_responses'),
        ref('int_measure_values__team_pipeline_runs'),
        ref('int_measure_values__team_requests'),
        ref('int_conversion_values'),
    ]
) }}
