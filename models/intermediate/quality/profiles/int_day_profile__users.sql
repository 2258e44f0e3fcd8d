{{ day_profile(
    'product',
    'users',
    base=ref('base_product__users'),
    happened_at='signed_up_at',
    categories={'platform': ['web', 'ios', 'android']}
) }}
