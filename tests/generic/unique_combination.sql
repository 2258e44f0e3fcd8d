{#- Fails on every combination of values that stands in more than one row or lacks a value.

    columns: the columns that make the key
    nullable: those of them that may be null, which is a value like any other
    returns: a row per repeated or incomplete combination, with a message -#}
{%- test unique_combination(model, columns, nullable=[]) -%}
{%- set key = columns | join(', ') -%}
{%- set required = columns | reject('in', nullable) | list -%}
select
    {{ key }},
    count(*) as row_count,
    concat(
        'the key ({{ key }}) ',
        case when count(*) > 1 then 'stands' else 'lacks a value and stands' end, ' in ',
        cast(count(*) as string), ' rows'
    ) as message
from {{ model }}
group by {{ key }}
having count(*) > 1{% for column in required %} or {{ column }} is null{% endfor %}
{%- endtest -%}
