with batches as (

    select * from {{ ref('int_batches_counted') }}

),

final as (

    select
        source_name,
        table_name,
        batch,
        load_date,
        raw_count,
        accepted_count,
        rejected_count,
        duplicate_count,
        superseded_count,
        incomplete_count,
        invalid_count,
        raw_count = accepted_count + rejected_count as is_reconciled
    from batches

)

select * from final
