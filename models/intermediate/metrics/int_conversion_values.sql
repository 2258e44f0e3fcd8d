{{ conversion_values(
    relations=[
        ref('dim_users'),
        ref('fct_sessions'),
        ref('fct_orders'),
        ref('fct_events'),
        ref('fct_survey_responses'),
    ],
    as_of=ref('int_as_of')
) }}
