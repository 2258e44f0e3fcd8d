{{ day_profile(
    'product',
    'sessions',
    base=ref('base_product__sessions'),
    happened_at='started_at',
    categories={'platform': ['web', 'ios', 'android']}
) }}
