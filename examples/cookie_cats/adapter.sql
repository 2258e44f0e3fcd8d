-- Cookie Cats as raw tables: each view <source>__<table> becomes a file. The variable data_folder
-- is the folder above cookie_cats/cookie_cats.csv: one row per player.
--
-- The file has no times. They are chosen here; the README says how, and what follows from it.

create or replace temp view players as
select
    cast(userid as text) as user_id,
    version as variant_id,
    sum_gamerounds as round_count,
    retention_7 as came_back,
    -- all install at once; the rounds of the two weeks after it are put on the day of the return
    timestamp '2017-03-01' as exposed_at,
    timestamp '2017-03-08' as seen_again_at,
    timestamp '2017-03-17' as loaded_at
from read_csv(getvariable('data_folder') || '/cookie_cats/cookie_cats.csv', delim = ';');

create or replace temp view experiments__experiments as
select
    'gate' as experiment_id,
    'First gate at level 30 or 40' as title,
    'A gate that comes later lets players play on' as hypothesis,
    'games@example.org' as owner,
    'ab' as kind,
    'gate_30' as control_variant_id,
    timestamp '2017-02-22' as registered_at,
    timestamp '2017-03-01' as started_at,
    timestamp '2017-03-02' as planned_end_at,
    timestamp '2017-03-02' as ended_at,
    'completed' as status,
    'difference_in_means' as decision_estimator,
    timestamp '2017-03-17' as loaded_at;

create or replace temp view experiments__variants as
select
    'gate' as experiment_id,
    variants.variant_id,
    0.5 as planned_share,
    timestamp '2017-02-22' as loaded_at
from (values ('gate_30'), ('gate_40')) as variants (variant_id);

create or replace temp view experiments__experiment_metrics as
select
    'gate' as experiment_id,
    metrics.metric_name,
    metrics.role,
    timestamp '2017-02-22' as loaded_at
from
    (
        values
        ('sessions', 'primary'),
        ('gross_revenue', 'secondary')
    ) as metrics (metric_name, role);

create or replace temp view experiments__exposures as
select
    'gate' as experiment_id,
    user_id as unit_id,
    variant_id,
    exposed_at,
    loaded_at
from players;

create or replace temp view product__sessions as
select
    'return of ' || user_id as session_id,
    user_id,
    seen_again_at as started_at,
    loaded_at
from players
where came_back;

create or replace temp view product__orders as
select
    'rounds of ' || user_id as order_id,
    user_id,
    seen_again_at as ordered_at,
    round_count as gross_amount,
    'paid' as status,
    loaded_at
from players
where round_count > 0;
