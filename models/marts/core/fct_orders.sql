with orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select {{ all_but(['row_print', 'load_number']) }}
    from orders

)

select * from final
