{#- Fails on every row that holds what was not known yet at its moment: a leak from the future.

    column_name: when what the row holds became known; null where it holds nothing
    moment: name of the column with the row's moment
    returns: those rows' two times, with a message -#}
{%- test known_by(model, column_name, moment) -%}
select
    {{ moment }} as moment,
    {{ column_name }} as known_at,
    concat(
        'a row of ', cast({{ moment }} as string), ' holds what was known from ',
        cast({{ column_name }} as string), ' on: join it with the macro point_in_time'
    ) as message
from {{ model }}
where {{ column_name }} > {{ moment }}
{%- endtest -%}
