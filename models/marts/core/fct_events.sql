with events as (

    select * from {{ ref('int_events') }}

),

final as (

    select {{ all_but(['row_print', 'load_number']) }}
    from events

)

select * from final
