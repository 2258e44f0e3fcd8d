with lines as (

    select * from {{ ref('int_cost_lines') }}

),

drivers as (

    select * from {{ ref('int_cost_drivers') }}

),

pipelines as (

    select * from {{ ref('int_pipeline_seconds_summed') }}

),

target_types as (

    select 'domain' as target_type
    union all
    select 'pipeline' as target_type

),

asked as (

    select
        lines.*,
        target_types.target_type
    from lines
    cross join target_types

),

-- the domain that a pipeline had last
ranked_domains as (

    select
        pipeline_id,
        domain,
        row_number() over (
            partition by pipeline_id
            order by cost_month desc, run_seconds desc, domain asc
        ) as place
    from pipelines

),

pipeline_domains as (

    select
        pipeline_id,
        domain
    from ranked_domains
    where place = 1

),

found as (

    select
        asked.cost_kind,
        asked.cost_line_id,
        asked.cost_month,
        asked.target_type,
        drivers.target,
        drivers.driver_value
    from asked
    inner join drivers
        on
            asked.cost_month = drivers.cost_month
            and asked.driver = drivers.driver
            and asked.target_type = drivers.target_type
    where asked.amount is not null
    union all
    select
        cost_kind,
        cost_line_id,
        cost_month,
        target_type,
        direct_target as target,
        1 as driver_value
    from asked
    where
        amount is not null
        and (
            (driver = 'direct' and target_type = 'pipeline')
            or (driver = 'department' and target_type = 'domain')
        )
    union all
    select
        asked.cost_kind,
        asked.cost_line_id,
        asked.cost_month,
        asked.target_type,
        pipeline_domains.domain as target,
        1 as driver_value
    from asked
    inner join pipeline_domains on asked.direct_target = pipeline_domains.pipeline_id
    where asked.amount is not null and asked.driver = 'direct' and asked.target_type = 'domain'

),

-- what finds no target stays in sight
final as (

    select
        asked.cost_kind,
        asked.cost_line_id,
        asked.cost_month,
        asked.target_type,
        coalesce(found.target, '(unallocated)') as target,
        asked.service,
        asked.location,
        asked.workload,
        asked.driver,
        case
            when found.target is not null then null
            when asked.amount is null then 'cost_not_known'
            when
                asked.target_type = 'pipeline'
                and asked.driver not in ('pipeline_seconds', 'direct')
                then 'driver_without_pipelines'
            when asked.driver = 'direct' then 'pipeline_without_runs'
            else 'driver_without_rows'
        end as reason,
        cast(found.driver_value as bigint) as driver_value,
        {{ whole_number('sum(found.driver_value) over line_targets') }} as driver_total,
        asked.amount
    from asked
    left join found
        on
            asked.cost_kind = found.cost_kind
            and asked.cost_line_id = found.cost_line_id
            and asked.cost_month = found.cost_month
            and asked.target_type = found.target_type
    window line_targets as (
        partition by
            asked.cost_kind, asked.cost_line_id, asked.cost_month, asked.target_type
    )

)

select * from final
