{#- Helpers for the doubles that the special functions are called with, and joined back on. -#}

{#- A number as a double that is safe to group and join by: one zero, never its negative twin. -#}
{%- macro _as_argument(column) -%}
    case when {{ column }} = 0.0e0 then 0.0e0 else cast({{ column }} as double) end
{%- endmacro -%}

{#- Whether there is a number: neither null nor NaN, which both engines sort above infinity. -#}
{%- macro _is_number(column) -%}
    {{ column }} <= cast('infinity' as double)
{%- endmacro -%}

{#- The beginning of a select list in a CTE: columns that are carried along. -#}
{%- macro _carried(columns) -%}
    {%- for column in columns -%}
        {{ column }},{{ '\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
