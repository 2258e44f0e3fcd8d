{#- One item of a list.

    list: an expression of a list
    place: an integer or an integer expression, 1 for the first item
    returns: an expression
    example: list_item('deciles', 5) -> the median -#}
{%- macro list_item(list, place) -%}
    {{ return(adapter.dispatch('list_item', 'groundwork')(list, place)) }}
{%- endmacro -%}

{%- macro duckdb__list_item(list, place) -%}
{{ list }}[{{ place }}]
{%- endmacro -%}

{%- macro spark__list_item(list, place) -%}
{{ list }}[{{ place }} - 1]
{%- endmacro -%}
