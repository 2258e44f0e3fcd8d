{#- The items that most users took in the last days.

    name: name of the CTE that comes out
    interactions: name of a CTE, one row per keys, user and item, with the date it happened
    date: name of the column with that date
    until: expression of type date, the exclusive end of the days
    days: how many days
    item: name of the column with the item; rows where it is null are left out
    keys: names of columns, each of whose values has a list of its own
    returns: CTEs, the last one called `name`: the keys, the item's column, user_count,
        popularity_rank (1 = most users; ties by item). An item that nobody took is not there
    example: item 2 taken by users a and b, item 1 by c -> 2: 2 users, rank 1; 1: 1 user, rank 2 -#}
{%- macro popularity(name, interactions, date, until, days, item='item_id', keys=[]) -%}
{%- set key_list -%}{%- for key in keys %}{{ key }},
        {% endfor -%}{%- endset -%}
{{ name }}__counted as (

    select
        {{ key_list }}{{ item }},
        count(*) as user_count
    from {{ interactions }}
    where
        {{ date }} >= {{ add_days(until, -days) }}
        and {{ date }} < {{ until }}
        and {{ item }} is not null
    group by
        {{ key_list }}{{ item }}

),

{{ name }} as (

    select
        *,
        row_number() over (
            {% if keys -%}
            partition by {{ keys | join(', ') }}
            {% endif -%}
            order by user_count desc, {{ item }} asc
        ) as popularity_rank
    from {{ name }}__counted

)
{%- endmacro -%}
