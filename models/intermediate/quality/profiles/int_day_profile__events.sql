{{ day_profile(
    'product',
    'events',
    base=ref('base_product__events'),
    happened_at='occurred_at',
    categories={
        'event_type': ['impression', 'click', 'search', 'enrol', 'lesson_completed']
    }
) }}
