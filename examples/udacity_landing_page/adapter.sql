-- Udacity's landing page test as raw tables: each view <source>__<table> becomes a file. The
-- variable data_folder is the folder above udacity_ab_data/ab_data.parquet: one row per visit.
--
-- The log is registered twice: `landing_page` without the rows whose group and page disagree, and
-- `landing_page_as_logged` with them.

create or replace temp view visits as
select
    cast(user_id as text) as user_id,
    "group" as variant_id,
    timestamp as visited_at,
    converted = 1 as has_converted,
    ("group" = 'treatment') = (landing_page = 'new_page') as is_consistent,
    -- the day after the last window closed
    timestamp '2017-02-09' as loaded_at
from read_parquet(getvariable('data_folder') || '/udacity_ab_data/ab_data.parquet');

create or replace temp view experiments__experiments as
select
    registered_logs.experiment_id,
    registered_logs.title,
    'A new landing page converts more visitors' as hypothesis,
    'web@example.org' as owner,
    'ab' as kind,
    'control' as control_variant_id,
    timestamp '2017-01-01' as registered_at,
    timestamp '2017-01-02' as started_at,
    timestamp '2017-01-25' as planned_end_at,
    timestamp '2017-01-25' as ended_at,
    'completed' as status,
    'difference_in_means' as decision_estimator,
    timestamp '2017-02-09' as loaded_at
from
    (
        values
        ('landing_page', 'New landing page'),
        ('landing_page_as_logged', 'New landing page, all rows of the log')
    ) as registered_logs (experiment_id, title);

create or replace temp view experiments__variants as
select
    registrations.experiment_id,
    variants.variant_id,
    0.5 as planned_share,
    timestamp '2017-01-01' as loaded_at
from experiments__experiments as registrations
cross join (values ('control'), ('treatment')) as variants (variant_id);

create or replace temp view experiments__experiment_metrics as
select
    experiment_id,
    'buyers' as metric_name,
    'primary' as role,
    timestamp '2017-01-01' as loaded_at
from experiments__experiments;

create or replace temp view experiments__exposures as
select
    registrations.experiment_id,
    visits.user_id as unit_id,
    visits.variant_id,
    visits.visited_at as exposed_at,
    visits.loaded_at
from visits
inner join experiments__experiments as registrations
    on visits.is_consistent or registrations.experiment_id = 'landing_page_as_logged';

-- which page a conversion belongs to is not known where group and page disagree
create or replace temp view product__orders as
select
    user_id || ' at ' || visited_at as order_id,
    user_id,
    visited_at as ordered_at,
    0 as gross_amount,
    'paid' as status,
    loaded_at
from visits
where has_converted and is_consistent;
