with order_lines as (

    select * from {{ ref('int_order_lines') }}

),

final as (

    select {{ all_but(['row_print', 'load_number']) }}
    from order_lines

)

select * from final
