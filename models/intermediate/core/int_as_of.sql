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
        {% if var('as_of') -%}
            cast('{{ var("as_of") }}' as date)
        {%- else -%}
            {{ local_date('last_loaded_at') }}
        {%- endif %} as as_of_date
    from last_load

)

select * from as_of
