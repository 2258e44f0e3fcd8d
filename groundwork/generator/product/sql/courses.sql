-- Courses: c1 is the oldest. 60 % were on sale on the first day, the others follow evenly until
-- two weeks before the end, so that any moment has its number of courses without a lookup.

set variable course_count = cast(ceil(120 * sqrt(getvariable('scale'))) as bigint);
set variable first_courses = cast(ceil(0.6 * getvariable('course_count')) as bigint);
set variable publishing_seconds = getvariable('second_count') - 14 * 86400;

create macro courses_on_sale(moment) as
    getvariable('first_courses') + least(
        getvariable('course_count') - getvariable('first_courses'),
        seconds_since_start(moment)
        * (getvariable('course_count') - getvariable('first_courses'))
        // cast(getvariable('publishing_seconds') as bigint)
    );

-- A course by its rank of popularity, 0 to 1: older courses are the more popular ones.
create macro course_at(moment, popularity_rank) as
    1 + cast(floor(courses_on_sale(moment) * pow(popularity_rank, 1.8)) as bigint);

-- Log-normal, median 36.
create macro course_price(course_number) as
    cast(floor(exp(ln(36) + 0.65 * normal('list price', course_number))) + 0.99 as decimal(10, 2));

create view courses as
with numbered as (
    select range as course_number
    from range(1, getvariable('course_count') + 1)
),

described as (
    select
        course_number,
        draw(
            [
                {category: 'data', topic: 'Statistics'}, {category: 'data', topic: 'SQL'},
                {category: 'data', topic: 'Machine Learning'},
                {category: 'programming', topic: 'Python'},
                {category: 'programming', topic: 'Web Development'},
                {category: 'programming', topic: 'Testing'},
                {category: 'business', topic: 'Accounting'},
                {category: 'business', topic: 'Negotiation'},
                {category: 'design', topic: 'Typography'},
                {category: 'design', topic: 'Product Design'},
                {category: 'languages', topic: 'Spanish'},
                {category: 'languages', topic: 'German'},
            ],
            'course subject', course_number
        ) as subject,
        draw(
            ['beginner', 'beginner', 'intermediate', 'intermediate', 'advanced'],
            'course level', course_number
        ) as level,
        course_price(course_number) as list_price,
        case
            when course_number <= getvariable('first_courses')
                then getvariable('first_moment') - to_seconds(cast(ceil(
                    uniform_open('published', course_number) * 3 * 365 * 86400
                ) as bigint))
            else getvariable('first_moment') + to_seconds(cast(ceil(
                (course_number - getvariable('first_courses'))
                * getvariable('publishing_seconds')
                / (getvariable('course_count') - getvariable('first_courses'))
            ) as bigint))
        end as published_at
    from numbered
)

select
    course_number,
    'c' || course_number as course_id,
    subject.topic || ' ' || course_number as title,
    subject.category as category,
    level,
    list_price,
    published_at,
    greatest(
        batch_of(published_at, 'course', course_number),
        getvariable('first_moment') + interval 2 hour
    ) as loaded_at
from described;
