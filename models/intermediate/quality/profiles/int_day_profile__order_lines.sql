{{ day_profile(
    'product',
    'order_lines',
    base=ref('base_product__order_lines'),
    happened_at='loaded_at'
) }}
