with incidents as (

    select * from {{ ref('data_incidents') }}

),

definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- one that is not over lasts to the end of the data
confirmed as (

    select
        incidents.affected_table,
        incidents.affected_metric,
        incidents.first_day,
        coalesce(incidents.last_day, as_of.as_of_date) as last_day
    from incidents
    cross join as_of
    where incidents.is_confirmed

),

-- what is wrong in a table is wrong in the metrics that rest on it
affected as (

    select
        'table' as affected_kind,
        affected_table as affected_name,
        first_day,
        last_day
    from confirmed
    where affected_table is not null
    union all
    select
        'metric' as affected_kind,
        affected_metric as affected_name,
        first_day,
        last_day
    from confirmed
    where affected_metric is not null
    union all
    select
        'metric' as affected_kind,
        definitions.metric_name as affected_name,
        confirmed.first_day,
        confirmed.last_day
    from confirmed
    inner join definitions
        on
            concat(', ', definitions.raw_tables, ',')
            like concat('%, ', confirmed.affected_table, ',%')

),

days as (

    select
        affected_kind,
        affected_name,
        {{ days_between('first_day', 'last_day') }}
            as date_day
    from affected
    where first_day <= last_day

),

final as (

    select distinct
        affected_kind,
        affected_name,
        date_day
    from days

)

select * from final
