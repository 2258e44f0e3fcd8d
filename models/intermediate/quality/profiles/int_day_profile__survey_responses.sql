{{ day_profile(
    'product',
    'survey_responses',
    base=ref('base_product__survey_responses'),
    happened_at='responded_at'
) }}
