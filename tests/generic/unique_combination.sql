{#- Fails on every combination of values that stands in more than one row; nulls are values.

    columns: the columns that make the key
    returns: a row per repeated combination, with a message -#}
{%- test unique_combination(model, columns) -%}
select
    {{ columns | join(', ') }},
    count(*) as row_count,
    concat(
        'the key ({{ columns | join(", ") }}) stands in ', cast(count(*) as string), ' rows'
    ) as message
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- endtest -%}
