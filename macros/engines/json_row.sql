{#- A row as one JSON object of texts, nulls written out.

    columns: names of text columns, in the order of the object's keys
    returns: an expression of type text, laid out for a select list in a CTE
    example: json_row(['a', 'b']) -> '{"a":"1","b":null}' -#}
{%- macro json_row(columns) -%}
    {{ return(adapter.dispatch('json_row', 'groundwork')(columns)) }}
{%- endmacro -%}

{%- macro duckdb__json_row(columns) -%}
        cast(json_object(
            {%- for column in columns %}
            '{{ column }}', {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as string)
{%- endmacro -%}

{%- macro spark__json_row(columns) -%}
        to_json(
            named_struct(
                {%- for column in columns %}
                '{{ column }}', {{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            ),
            map('ignoreNullFields', 'false')
        )
{%- endmacro -%}
