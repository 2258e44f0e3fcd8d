-- The months that every source covers, their shape, and the nightly load.

set variable first_moment = timestamp '2025-01-01 00:00:00';
set variable end_moment = timestamp '2026-07-01 00:00:00';  -- exclusive: nothing happens after
set variable last_batch = timestamp '2026-07-01 02:00:00';
set variable second_count = epoch(getvariable('end_moment') - getvariable('first_moment'));

create macro seconds_since_start(moment) as
    cast(epoch(moment) - epoch(getvariable('first_moment')) as bigint);

-- People study on weekdays: Monday to Sunday, 1 is an ordinary day.
create macro weekday_factor(moment) as
    [1.12, 1.10, 1.06, 1.02, 0.92, 0.74, 0.84][isodow(moment)];

-- Good intentions of January and September, a quiet summer: January to December.
create macro season_factor(moment) as
    [1.15, 1.06, 1.02, 0.98, 0.95, 0.90, 0.84, 0.90, 1.12, 1.08, 1.05, 0.90][month(moment)];

-- Hours of the day (UTC), as often as their share in percent says.
set variable hour_urn = [
    0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9,
    10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 12, 12, 12, 12, 12, 13, 13, 13, 13, 13,
    14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17,
    18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 20, 20, 20, 20, 20, 20, 20,
    21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 23, 23,
];

create macro second_of_day(salt, id) as
    draw(getvariable('hour_urn'), salt || ' hour', id) * 3600
    + cast(floor(uniform(salt || ' second', id) * 3600) as bigint);

-- Rows are loaded by the batch of the next night at 02:00; 1 % come 2 to 20 days late, at the
-- latest with the very last batch.
create macro next_batch(moment) as
    cast(moment as date) + interval 1 day + interval 2 hour;

create macro is_late(salt, id) as uniform(salt || ' late', id) < 0.01;

create macro batch_of(moment, salt, id) as
    least(
        getvariable('last_batch'),
        next_batch(moment) + to_days(
            case
                when is_late(salt, id)
                    then 2 + cast(floor(uniform(salt || ' lateness', id) * 19) as integer)
                else 0
            end
        )
    );
