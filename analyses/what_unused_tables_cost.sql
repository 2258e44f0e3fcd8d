{#- The pipeline that builds this warehouse, as the orchestrator names it. -#}
{%- set pipeline = 'metrics' -%}
-- What does it cost to keep tables that nobody uses?
-- Tables that are published, and on which neither a metric nor a dashboard rests, each with its
-- part of what the pipeline that builds the warehouse cost in the last month that is over, by the
-- seconds of the last recorded build of everything. Answer on the demo, after the second
-- `groundwork build`, which is the first to know of a build:
--   dbt show --select what_unused_tables_cost --limit 20
with tables as (

    select *
    from {{ ref('data_catalog') }}
    where column_name = '(table)' and is_published

),

costs as (

    select
        cost_month,
        sum(allocated_amount) as amount
    from {{ ref('data_costs') }}
    where target_type = 'pipeline' and target = '{{ pipeline }}'
    group by cost_month

),

last_month as (

    select costs.*
    from costs
    cross join {{ ref('int_as_of') }} as as_of
    where {{ add_months('costs.cost_month', 1) }} <= as_of.as_of_date
    order by costs.cost_month desc
    limit 1

),

last_build as (

    select invocation_id
    from {{ ref('stg_history__invocations') }}
    where is_complete and engine = '{{ target.type }}'
    order by ended_at desc
    limit 1

),

timed as (

    select
        node_runs.node_name,
        node_runs.seconds,
        sum(node_runs.seconds) over () as all_seconds
    from {{ ref('stg_history__node_runs') }} as node_runs
    inner join last_build on node_runs.invocation_id = last_build.invocation_id
    where node_runs.resource_type in ('model', 'seed', 'snapshot')

)

select
    tables.schema_name,
    tables.table_name,
    tables.owner,
    last_month.cost_month,
    round(timed.seconds, 2) as build_seconds,
    round(
        cast(last_month.amount as double) * timed.seconds / nullif(timed.all_seconds, 0), 2
    ) as monthly_cost
from tables
inner join timed on tables.table_name = timed.node_name
cross join last_month
where tables.downstream_metrics is null and tables.downstream_exposures is null
order by monthly_cost desc, tables.schema_name asc, tables.table_name asc
