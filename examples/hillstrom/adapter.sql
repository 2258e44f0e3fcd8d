-- Hillstrom's e-mail test as raw tables: each view <source>__<table> becomes a file. The variable
-- data_folder is the folder above hillstrom/hillstrom.csv: one row per customer.
--
-- The file has no ids and no times. They are chosen here; the README says how, and what follows.

create or replace temp view customers as
select
    cast(row_number() over () as text) as user_id,
    lower(replace(segment, ' ', '_')) as variant_id,
    visit = 1 as has_visited,
    cast(spend as decimal(18, 2)) as spend,
    cast(history as decimal(18, 2)) as history,
    -- all e-mails go out at once; what followed within two weeks is put in their middle
    timestamp '2008-03-01' as exposed_at,
    timestamp '2008-03-08' as visited_at,
    -- history: what was spent in the year before, put where gross_revenue looks for its covariate
    timestamp '2008-02-16' as purchased_before_at,
    timestamp '2008-03-17' as loaded_at
from read_csv(getvariable('data_folder') || '/hillstrom/hillstrom.csv');

create or replace temp view experiments__experiments as
select
    'e_mail' as experiment_id,
    'E-mail with men''s or women''s merchandise' as title,
    'An e-mail brings customers to the shop, and they spend more' as hypothesis,
    'crm@example.org' as owner,
    'ab' as kind,
    'no_e-mail' as control_variant_id,
    timestamp '2008-02-23' as registered_at,
    timestamp '2008-03-01' as started_at,
    timestamp '2008-03-02' as planned_end_at,
    timestamp '2008-03-02' as ended_at,
    'completed' as status,
    timestamp '2008-03-17' as loaded_at;

create or replace temp view experiments__variants as
select
    'e_mail' as experiment_id,
    variants.variant_id,
    1.0 / 3 as planned_share,
    timestamp '2008-02-23' as loaded_at
from (values ('no_e-mail'), ('mens_e-mail'), ('womens_e-mail')) as variants (variant_id);

create or replace temp view experiments__experiment_metrics as
select
    'e_mail' as experiment_id,
    metrics.metric_name,
    metrics.role,
    timestamp '2008-02-23' as loaded_at
from
    (
        values
        ('gross_revenue', 'primary'),
        ('buyers', 'secondary'),
        ('sessions', 'secondary')
    ) as metrics (metric_name, role);

create or replace temp view experiments__exposures as
select
    'e_mail' as experiment_id,
    user_id as unit_id,
    variant_id,
    exposed_at,
    loaded_at
from customers;

create or replace temp view product__sessions as
select
    'visit of ' || user_id as session_id,
    user_id,
    visited_at as started_at,
    loaded_at
from customers
where has_visited;

create or replace temp view product__orders as
select
    'spend of ' || user_id as order_id,
    user_id,
    visited_at as ordered_at,
    spend as gross_amount,
    'paid' as status,
    loaded_at
from customers
where spend > 0
union all
select
    'history of ' || user_id as order_id,
    user_id,
    purchased_before_at as ordered_at,
    history as gross_amount,
    'paid' as status,
    loaded_at
from customers;
