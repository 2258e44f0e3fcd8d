{#- The end of an incremental model with one row per key: its rows with what the next load needs.

    rows: name of a CTE with the rows to store, and with what of the dimensions they are published by
    key: name of the key column
    touched: name of a CTE with the keys that the rows were made for; none where they are all
    inputs: relations with load_number that the rows are made from
    returns: a select statement: the columns of the CTE; row_print, a number that changes with any of
        them; load_number, null for a key that has no row any more -#}
{%- macro stored_rows(rows, key, touched, inputs) -%}
select
    *,
    {{ row_print(rows) }} as row_print,
    cast(
        {{ _last_load(inputs) }} as bigint
    ) as load_number
from {{ rows }}
{%- if adds_to_table() %}
union all
select
    {%- for column in adapter.get_columns_in_relation(this) %}
    {{ 'kept_rows.' ~ key if column.name == key else 'cast(null as ' ~ column.dtype ~ ')' }}
        as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ this }} as kept_rows
left join {{ rows }} as rows_now on kept_rows.{{ key }} = rows_now.{{ key }}
where
    rows_now.{{ key }} is null
    {%- if touched %}
    and {{ has_key_of(this, 'kept_rows', key, touched) | indent(4) }}
    {%- endif %}
{%- endif %}
{%- endmacro -%}

{%- macro _last_load(inputs) -%}
greatest(
            {%- for input in inputs %}
            (
                select max(inputs.load_number)
                from {{ input }} as inputs
            ),
            {%- endfor %}
            0
        )
{%- endmacro -%}
