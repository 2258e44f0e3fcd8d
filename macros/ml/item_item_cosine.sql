{#- The items that are most often taken by the same users: cosine of two items' users.

    cosine = common / sqrt(n_i n_j) over users who have an item or not; with a weight
    sum(w_ui w_uj) / sqrt(sum(w_ui^2) sum(w_uj^2)). An item is no neighbour of itself. Only pairs
    that some user has are ever made; `history` bounds them to history^2 / 2 per user.

    name: name of the CTE that comes out
    interactions: name of a CTE, one row per keys, user and item
    user, item: names of its columns; rows where one is null are left out
    keys: names of columns, each of whose values has neighbours of its own
    weight: name of a numeric column greater than 0, where users have items more or less
    recency: name of a column, the greater the more recent; needed by `history`
    history: only a user's so many most recent items count, in all counts (ties by item)
    neighbours: so many per item, the most alike first (ties by item)
    minimum_common: a pair needs so many users in common
    returns: CTEs, the last one called `name`: the keys, the item's column, neighbour_id,
        common_user_count, item_user_count, neighbour_user_count, similarity, neighbour_rank
    example: users a, b have items 1, 2 and user c has 1 -> item 1 and 2: 2 / sqrt(3 * 2) = 0.816
    reference: Sarwar et al. (2001); equals implicit's CosineRecommender, whose K counts the item
        itself: K = neighbours + 1 -#}
{%- macro item_item_cosine(
    name, interactions, user='user_id', item='item_id', keys=[], weight=none, recency=none,
    history=none, neighbours=20, minimum_common=1
) -%}
{%- if history is not none and recency is none -%}
    {{ exceptions.raise_compiler_error(
        'item_item_cosine: history=' ~ history ~ ' needs to know which items are recent; '
        ~ 'name a column with recency='
    ) }}
{%- endif -%}
{%- set keyed = keys | join(',\n        ') ~ (',\n        ' if keys else '') -%}
{%- set partition = keys | join(',\n                ') ~ (',\n                ' if keys else '') -%}
{{ name }}__kept as (

    select
        {{ keyed }}{{ user }},
        {{ item }}{% if weight %},
        cast({{ weight }} as double) as item_weight{% endif %}
    from {{ interactions }}
    where
        {{ user }} is not null
        and {{ item }} is not null
    {%- if history is not none %}
    qualify
        row_number() over (
            partition by
                {{ partition }}{{ user }}
            order by {{ recency }} desc, {{ item }} asc
        ) <= {{ history }}
    {%- endif %}

),

{{ name }}__items as (

    -- numbers instead of names: there can be many pairs; each key has numbers of its own
    select
        {{ keyed }}{{ item }},
        count(*) as user_count,
        {% if weight -%}
        -- as decimals: a sum of doubles depends on the order of the rows
        cast(sum(cast(item_weight * item_weight as decimal(38, 12))) as double) as squared_length,
        {%- else -%}
        cast(count(*) as double) as squared_length,
        {%- endif %}
        row_number() over (order by {{ (keys + [item]) | join(', ') }}) as item_number
    from {{ name }}__kept
    group by
        {{ keyed }}{{ item }}

),

{{ name }}__numbered as (

    select
        {% for key in keys -%}
        kept.{{ key }},
        {% endfor -%}
        kept.{{ user }} as user_id,
        {% if weight -%}
        kept.item_weight,
        {% endif -%}
        items.item_number
    from {{ name }}__kept as kept
    inner join {{ name }}__items as items
        on
            kept.{{ item }} = items.{{ item }}
            {%- for key in keys %}
            and kept.{{ key }} = items.{{ key }}
            {%- endfor %}

),

{{ name }}__pairs as (

    select
        lower_item.item_number,
        higher_item.item_number as neighbour_number,
        count(*) as common_user_count,
        {% if weight -%}
        cast(
            sum(
                cast(lower_item.item_weight * higher_item.item_weight as decimal(38, 12))
            ) as double
        ) as product
        {%- else -%}
        cast(count(*) as double) as product
        {%- endif %}
    from {{ name }}__numbered as lower_item
    inner join {{ name }}__numbered as higher_item
        on
            lower_item.user_id = higher_item.user_id
            {%- for key in keys %}
            and lower_item.{{ key }} = higher_item.{{ key }}
            {%- endfor %}
            and lower_item.item_number < higher_item.item_number
    group by
        lower_item.item_number,
        higher_item.item_number
    {%- if minimum_common > 1 %}
    having count(*) >= {{ minimum_common }}
    {%- endif %}

),

{{ name }}__alike as (

    select
        pairs.item_number,
        pairs.neighbour_number,
        pairs.common_user_count,
        pairs.product / sqrt(item_side.squared_length * neighbour_side.squared_length)
            as similarity
    from {{ name }}__pairs as pairs
    inner join {{ name }}__items as item_side
        on pairs.item_number = item_side.item_number
    inner join {{ name }}__items as neighbour_side
        on pairs.neighbour_number = neighbour_side.item_number

),

{{ name }}__both_ways as (

    select
        item_number,
        neighbour_number,
        common_user_count,
        similarity
    from {{ name }}__alike
    union all
    select
        neighbour_number as item_number,
        item_number as neighbour_number,
        common_user_count,
        similarity
    from {{ name }}__alike

),

{{ name }}__ranked as (

    select
        *,
        row_number() over (
            partition by item_number
            order by similarity desc, neighbour_number asc
        ) as neighbour_rank
    from {{ name }}__both_ways

),

{{ name }} as (

    select
        {% for key in keys -%}
        item_side.{{ key }},
        {% endfor -%}
        item_side.{{ item }},
        neighbour_side.{{ item }} as neighbour_id,
        ranked.common_user_count,
        item_side.user_count as item_user_count,
        neighbour_side.user_count as neighbour_user_count,
        ranked.similarity,
        ranked.neighbour_rank
    from {{ name }}__ranked as ranked
    inner join {{ name }}__items as item_side
        on ranked.item_number = item_side.item_number
    inner join {{ name }}__items as neighbour_side
        on ranked.neighbour_number = neighbour_side.item_number
    where ranked.neighbour_rank <= {{ neighbours }}

)
{%- endmacro -%}
