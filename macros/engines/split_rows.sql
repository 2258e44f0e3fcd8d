{#- The parts of a text, one row each.

    expression: an expression of type text
    separator: an expression of type text: what stands between the parts, without characters that
        mean something in a pattern
    returns: an expression for a select list that makes a row of type text per part
    example: split_rows("'a~;~b'", "'~;~'") -> a, b -#}
{%- macro split_rows(expression, separator) -%}
    {{ return(adapter.dispatch('split_rows', 'groundwork')(expression, separator)) }}
{%- endmacro -%}

{%- macro duckdb__split_rows(expression, separator) -%}
    unnest(string_split({{ expression }}, {{ separator }}))
{%- endmacro -%}

{%- macro spark__split_rows(expression, separator) -%}
    explode(split({{ expression }}, {{ separator }}))
{%- endmacro -%}
