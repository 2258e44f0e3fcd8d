with sessions as (

    select * from {{ ref('int_sessions') }}

),

final as (

    select {{ all_but(['row_print', 'load_number']) }}
    from sessions

)

select * from final
