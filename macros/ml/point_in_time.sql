{#- Features as they were known at a moment: to each row the last version of its entity's features.

    A training set that takes what is known today gives the model what it cannot have when it answers
    (a leak): an order of yesterday that was loaded this morning, a count that was corrected. A version
    counts from `known_at` on, when it could first have been read, which is its load, not the time of
    what it tells of.

    name: name of the last CTE
    rows: name of a CTE with one row per prediction (or label), the entity and the moment
    features: name of a CTE with one row per entity and version of its features
    columns: names of the features' columns to take
    entity: name of the entity's column, in both
    moment: name of the rows' column of type timestamp: what is known later does not count
    known_at: name of the features' column of type timestamp; of two versions of one moment the
        greater values win, so that the choice never depends on the order of reading
    maximum_age_days: versions that were known for longer do not count; none for no limit
    returns: CTEs, without a comma before the first or after the last: all columns of the rows, the
        features (null where none was known), and features_known_at
    example: a row of 10:00 and versions known at 09:00 (3 orders) and 11:00 (4 orders) ->
        3 orders, features_known_at 09:00 -#}
{%- macro point_in_time(
    name,
    rows,
    features,
    columns,
    entity='entity_id',
    moment='predicted_at',
    known_at='known_at',
    maximum_age_days=none
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ' cross join ' ~ features ~ ')') }}{%- endif -%}
{{ name }}__versions as (

    select
        {{ entity }} as version_entity,
        {{ known_at }} as version_known_at,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        row_number() over (
            partition by {{ entity }}
            order by {{ ([known_at] + columns) | join(', ') }}
        ) as version_number
    from {{ features }}
    where {{ known_at }} is not null

),

{{ name }}__moments as (

    select distinct
        {{ entity }} as version_entity,
        {{ moment }} as version_moment
    from {{ rows }}

),

-- versions before moments, where both are of one time
{{ name }}__timeline as (

    select
        version_entity,
        version_known_at as happened_at,
        0 as is_moment
    from {{ name }}__versions
    union all
    select
        version_entity,
        version_moment as happened_at,
        1 as is_moment
    from {{ name }}__moments

),

{{ name }}__counted as (

    select
        version_entity,
        happened_at as version_moment,
        is_moment,
        sum(1 - is_moment) over (
            partition by version_entity
            order by happened_at, is_moment
            rows between unbounded preceding and current row
        ) as known_versions
    from {{ name }}__timeline

),

{{ name }}__known as (

    select
        version_entity,
        version_moment,
        known_versions
    from {{ name }}__counted
    where is_moment = 1

),

{{ name }} as (

    select
        {{ rows }}.*,
        {%- for column in columns %}
        versions.{{ column }},
        {%- endfor %}
        versions.version_known_at as features_known_at
    from {{ rows }}
    left join {{ name }}__known as known
        on
            {{ rows }}.{{ entity }} = known.version_entity
            and {{ rows }}.{{ moment }} = known.version_moment
    left join {{ name }}__versions as versions
        on
            known.version_entity = versions.version_entity
            and known.known_versions = versions.version_number
            {%- if maximum_age_days %}
            and cast(known.version_moment as date)
            <= {{ add_days('cast(versions.version_known_at as date)', maximum_age_days) }}
            {%- endif %}

)
{%- endmacro -%}
