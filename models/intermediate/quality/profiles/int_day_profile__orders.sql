{{ day_profile(
    'product',
    'orders',
    base=ref('base_product__orders'),
    happened_at='ordered_at',
    maturing=['status', 'refunded_at']
) }}
