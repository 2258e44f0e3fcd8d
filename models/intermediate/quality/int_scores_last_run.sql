with invocations as (

    select *
    from {{ ref('stg_history__invocations') }}
    where engine = '{{ target.type }}' and is_complete

),

table_scores as (

    select * from {{ ref('stg_history__table_scores') }}

),

ranked as (

    select
        table_scores.source_name,
        table_scores.table_name,
        table_scores.raw_count,
        table_scores.score,
        invocations.ended_at as recorded_at,
        row_number() over (
            partition by table_scores.source_name, table_scores.table_name
            order by invocations.ended_at desc, invocations.invocation_id desc
        ) as place
    from table_scores
    inner join invocations on table_scores.invocation_id = invocations.invocation_id

),

final as (

    select
        source_name,
        table_name,
        raw_count,
        score,
        recorded_at
    from ranked
    where place = 1

)

select * from final
