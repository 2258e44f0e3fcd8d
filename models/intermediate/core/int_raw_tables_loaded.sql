with orders as (

    select * from {{ ref('stg_product__orders') }}

),

order_lines as (

    select * from {{ ref('stg_product__order_lines') }}

),

sessions as (

    select * from {{ ref('stg_product__sessions') }}

),

events as (

    select * from {{ ref('stg_product__events') }}

),

survey_responses as (

    select * from {{ ref('stg_product__survey_responses') }}

),

exposures as (

    select * from {{ ref('stg_experiments__exposures') }}

),

predictions as (

    select * from {{ ref('stg_ml__predictions') }}

),

prediction_features as (

    select * from {{ ref('stg_ml__prediction_features') }}

),

outcomes as (

    select * from {{ ref('stg_ml__outcomes') }}

),

impressions as (

    select * from {{ ref('stg_ml__impressions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_loads as (

    select
        'product.orders' as raw_table,
        max(loaded_at) as last_loaded_at
    from orders
    union all
    select
        'product.order_lines' as raw_table,
        max(loaded_at) as last_loaded_at
    from order_lines
    union all
    select
        'product.sessions' as raw_table,
        max(loaded_at) as last_loaded_at
    from sessions
    union all
    select
        'product.events' as raw_table,
        max(loaded_at) as last_loaded_at
    from events
    union all
    select
        'product.survey_responses' as raw_table,
        max(loaded_at) as last_loaded_at
    from survey_responses
    union all
    select
        'experiments.exposures' as raw_table,
        max(loaded_at) as last_loaded_at
    from exposures
    union all
    select
        'ml.predictions' as raw_table,
        max(loaded_at) as last_loaded_at
    from predictions
    union all
    select
        'ml.prediction_features' as raw_table,
        max(loaded_at) as last_loaded_at
    from prediction_features
    union all
    select
        'ml.outcomes' as raw_table,
        max(loaded_at) as last_loaded_at
    from outcomes
    union all
    select
        'ml.impressions' as raw_table,
        max(loaded_at) as last_loaded_at
    from impressions

),

dated as (

    select
        raw_table,
        last_loaded_at,
        {{ local_date('last_loaded_at') }} as last_loaded_date
    from last_loads
    -- 1970-01-01 stands for a load that nobody wrote down: unknown is not late
    where last_loaded_at > cast('1970-01-01' as timestamp)

),

final as (

    select
        dated.raw_table,
        dated.last_loaded_at,
        greatest(
            {{ date_difference('day', 'dated.last_loaded_date', 'as_of.as_of_date') }}, 0
        ) as days_behind
    from dated
    cross join as_of

)

select * from final
