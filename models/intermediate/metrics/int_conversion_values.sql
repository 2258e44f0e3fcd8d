{{ conversion_values(
    relations=[
        ref('dim_users'),
        ref('fct_sessions'),
        ref('fct_orders'),
        ref('fct_events'),
        ref('fct_survey_responses'),
    ],
    as_of=ref('int_as_of'),
    stored={
        'fct_sessions': ref('int_sessions'),
        'fct_orders': ref('int_orders'),
        'fct_events': ref('int_events'),
    }
) }}
