-- Ranked lists that were shown. A learner has one of four tastes, and a course suits one of them; a
-- version ranks the 24 oldest courses by what it knows of that, and shows five. Which of the five
-- comes first is drawn by their scores (softmax), the others follow in order: so the propensity of
-- every item at every position is known. Whether it is clicked hangs on course, taste and position.

create macro taste_of(user_number) as user_number % 4;

create macro click_share(course_number, taste) as
    (0.05 + 0.36 * pow(uniform('appeal', course_number), 1.5))
    * case when course_number % 4 = taste then 1.5 else 0.7 end;

set variable position_shares = [1, 0.60, 0.42, 0.32, 0.26];

create table ranked_courses as
with candidates as (
    select
        versions.version_number,
        versions.version_id,
        tastes.range as taste,
        courses.range as course_number
    from planned_versions as versions
    cross join range(4) as tastes
    cross join range(1, 25) as courses
    where versions.model_id = 'recommender'
),

scored as (
    select
        *,
        round(case version_id
            when 'popularity' then 1 / (1 + 0.25 * course_number)
            when 'item_item'
                then 0.5 / (1 + 0.25 * course_number)
                + case when course_number % 4 = taste then 0.25 else 0 end
            else
                2 * click_share(course_number, taste)
                * exp(0.05 * normal('ranker', course_number * 4 + taste))
        end, 3) as score
    from candidates
),

ranked as (
    select
        *,
        row_number() over (
            partition by version_number, taste
            order by score desc, course_number
        ) as rank
    from scored
),

drawn as (
    select
        *,
        exp(score / getvariable('ranked_lists_temperature'))
        / sum(exp(score / getvariable('ranked_lists_temperature'))) over (
            partition by version_number, taste
            order by rank
            rows between unbounded preceding and unbounded following
        ) as first_share
    from ranked
    where rank <= 5
)

select
    version_number,
    version_id,
    taste,
    rank,
    course_number,
    score,
    click_share(course_number, taste) as click_share,
    first_share,
    sum(first_share) over (partition by version_number, taste order by rank) as share_up_to
from drawn
order by version_number, taste, rank;

create macro rankings() as table
    select list(ranking order by version_number, taste) as rankings
    from (
        select
            version_number,
            taste,
            list({
                version_id: version_id,
                rank: rank,
                course_number: course_number,
                score: score,
                click_share: click_share,
                first_share: first_share,
                share_up_to: share_up_to,
            } order by rank) as ranking
        from ranked_courses
        group by version_number, taste
    );

set variable rankings = (from rankings());

set variable ranker_arm = (
    select any_value(arm)
    from arms
    where
        experiment_id = getvariable('ranked_lists_experiment_id')
        and variant_id = getvariable('ranked_lists_variant_id')
);

set variable semantic_arms = (
    select list(arm)
    from arms
    where
        experiment_id = getvariable('searches_experiment_id')
        and variant_id = getvariable('searches_variant_id')
);

create macro is_met(exposures, wanted_arms, moment) as
    len(list_filter(
        exposures,
        lambda met: list_contains(wanted_arms, met.arm) and met.exposed_at <= moment
    )) > 0;

-- The ranker serves whom the experiment shows it to, and everybody once that was decided.
create view list_requests as
with listed as (
    select
        user_number,
        user_id,
        session_number,
        active_from + to_seconds(cast(
            floor(0.2 * active_seconds * uniform('list shown', session_number)) as bigint
        )) as shown_at,
        case
            when
                active_from >= getvariable('ranked_lists_ranker_for_all_from')
                or active_from >= getvariable('ranked_lists_ranker_from')
                and is_met(exposures, [getvariable('ranker_arm')], active_from)
                then 3
            when active_from >= getvariable('ranked_lists_item_item_from') then 2
            else 1
        end as version_number
    from visits
    where
        user_number is not null
        and active_from >= getvariable('ranked_lists_first_day')
        and uniform('ranked list', session_number) < case
            when active_from >= getvariable('ranked_lists_ranker_from')
                then getvariable('ranked_lists_share_since_ranker')
            else getvariable('ranked_lists_share_before')
        end
),

ranked as (
    select
        *,
        getvariable('rankings')[
            cast((version_number - 1) * 4 + taste_of(user_number) + 1 as bigint)
        ] as ranking,
        uniform('first of the list', session_number) as draw
    from listed
)

select
    *,
    1 + len(list_filter(ranking[:4], lambda item: item.share_up_to <= draw)) as first_rank
from ranked;

create view ranked_impressions as
with opened as (
    select
        user_id,
        session_number,
        shown_at,
        first_rank,
        unnest(ranking) as item
    from list_requests
),

placed as (
    select
        *,
        case
            when item.rank = first_rank then 1
            when item.rank < first_rank then item.rank + 1
            else item.rank
        end as position
    from opened
)

select
    session_number * 8 + position as impression_number,
    session_number,
    'recommender' as model_id,
    item.version_id as version_id,
    user_id,
    item.course_number as course_number,
    position,
    item.score as score,
    case
        when position = 1 then item.first_share
        when position = item.rank then item.share_up_to - item.first_share
        else 1 - item.share_up_to
    end as propensity,
    uniform('list click', session_number * 8 + position)
    < item.click_share * getvariable('position_shares')[cast(position as bigint)] as is_clicked,
    shown_at
from placed;

-- Results of searches: nobody wrote down how likely an item was to come where it came.
create view searched_impressions as
with listed as (
    select
        user_id,
        session_number,
        active_from + to_seconds(cast(
            floor(0.2 * active_seconds * uniform('results shown', session_number)) as bigint
        )) as shown_at,
        active_from >= getvariable('searches_semantic_from')
        and is_met(exposures, getvariable('semantic_arms'), active_from) as is_semantic,
        unnest(range(1, 5)) as position
    from visits
    where
        active_from >= getvariable('searches_first_day')
        and uniform('search results', session_number) < getvariable('searches_share')
)

select
    (getvariable('last_number') + session_number) * 8 + position as impression_number,
    getvariable('last_number') + session_number as list_number,
    'search_ranker' as model_id,
    case when is_semantic then 'semantic' else 'keyword' end as version_id,
    user_id,
    course_at(
        shown_at, (position - 1 + uniform('result', session_number * 8 + position)) / 4
    ) as course_number,
    position,
    null as score,
    null as propensity,
    uniform('result click', session_number * 8 + position)
    < case
        when is_semantic then getvariable('searches_click_share_semantic')
        else getvariable('searches_click_share_keyword')
    end / pow(position, 0.6) as is_clicked,
    shown_at
from listed;

create view all_impressions as
select * from ranked_impressions
union all
select * from searched_impressions;

create view impressions as
select
    'i' || impression_number as impression_id,
    'q' || impression_number // 8 as request_id,
    model_id,
    version_id,
    user_id,
    'c' || course_number as item_id,
    position,
    score,
    round(propensity, 4) as propensity,
    is_clicked,
    shown_at,
    batch_of(shown_at, 'ranked list', impression_number // 8) as loaded_at
from all_impressions;
