with orders as (

    select * from {{ ref('stg_product__orders') }}

),

last_load as (

    select max(loaded_at) as last_loaded_at
    from orders

),

as_of as (

    select
        last_loaded_at,
        coalesce(
            cast(nullif('{{ var("as_of") }}', '') as date),
            {{ local_date('last_loaded_at') }}
        ) as as_of_date
    from last_load

)

select * from as_of
