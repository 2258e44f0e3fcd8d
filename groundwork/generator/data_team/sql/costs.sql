-- Lines of bills, from planted.yml, truths, bills: one a month and service, four days after the
-- month's end, some of them estimated before.

create table planned_bills as
with parsed as (
    select unnest(from_json(getvariable('data_team_truths'), '[{
        "services": [{
            "service": "varchar", "location": "varchar", "workload": "varchar",
            "driver": "varchar", "pipeline_id": "varchar", "amount": "double",
            "growth": "double", "first_month": "date"
        }],
        "single_costs": [{
            "cost_id": "varchar", "cost_month": "date", "service": "varchar",
            "location": "varchar", "workload": "varchar", "driver": "varchar",
            "pipeline_id": "varchar", "amount": "decimal(12, 2)"
        }]
    }]')) as truth
)

select unnest(truth)
from parsed
where truth.services is not null;

create table monthly_costs as
with listed as (
    select
        unnest(services) as line,
        generate_subscripts(services, 1) as line_number
    from planned_bills
),

months as (
    select
        line,
        line_number,
        cast(unnest(generate_series(
            cast(line.first_month as timestamp),
            getvariable('end_moment') - interval 1 month,
            interval 1 month
        )) as date) as month
    from listed
)

select
    line.service || strftime(month, '_%Y_%m') as cost_id,
    month,
    -- The day of the bill, the first or the last of its month.
    case when line_number % 2 = 0 then last_day(month) else month end as cost_month,
    line.service as service,
    line.location as location,
    line.workload as workload,
    line.driver as driver,
    line.pipeline_id as pipeline_id,
    cast(round(
        line.amount
        * (1 + line.growth * date_diff('month', line.first_month, month))
        * (0.94 + 0.12 * uniform('bill', line_number * 100000 + year(month) * 12 + month(month))),
        2
    ) as decimal(12, 2)) as amount,
    least(getvariable('last_batch'), next_batch(last_day(month) + 4)) as loaded_at
from months;

create view infrastructure_costs as
select * exclude (month)
from monthly_costs
union all
select
    *,
    next_batch(last_day(cost_month) + 4) as loaded_at
from (
    select unnest(single_costs, recursive := true)
    from planned_bills
);

-- A tenth too much, on the night after the last day of a quarter.
create view estimated_costs as
select
    * exclude (month) replace (
        cast(round(1.1 * amount, 2) as decimal(12, 2)) as amount,
        next_batch(last_day(month)) as loaded_at
    )
from monthly_costs
where
    service = 'warehouse'
    and month(month) % 3 = 0
    and loaded_at > next_batch(last_day(month));
