{{ counted_entities([
    ref('dim_users'),
    ref('fct_events'),
    ref('fct_orders'),
    ref('fct_sessions'),
]) }}
