with invocations as (

    select *
    from {{ ref('stg_history__invocations') }}
    where engine = '{{ target.type }}' and is_complete

),

test_results as (

    select * from {{ ref('stg_history__test_results') }}

),

runs_ranked as (

    select
        invocation_id,
        ended_at,
        row_number() over (order by ended_at desc, invocation_id desc) as place
    from invocations

),

last_run as (

    select
        invocation_id,
        ended_at
    from runs_ranked
    where place = 1

),

results as (

    select
        test_results.*,
        last_run.ended_at,
        -- the worst comes first
        case
            when test_results.status in ('fail', 'error') then 1
            when test_results.status = 'warn' then 2
            when test_results.status = 'pass' then 4
            else 3
        end as place
    from test_results
    inner join last_run on test_results.invocation_id = last_run.invocation_id
    where test_results.table_name is not null

),

final as (

    select
        schema_name,
        table_name,
        coalesce(column_name, '(table)') as column_name,
        count(*) as test_count,
        count(case when place = 1 then 1 end) as failed_count,
        min(place) as worst_place,
        max(ended_at) as tested_at
    from results
    group by schema_name, table_name, coalesce(column_name, '(table)')

)

select * from final
