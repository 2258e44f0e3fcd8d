{#- The reason to reject a row whose column is empty.

    column: name of a raw column
    returns: an expression: '<column>_missing' or null
    example: missing('order_id') -> case when order_id is null then 'order_id_missing' end -#}
{%- macro missing(column) -%}
    case when {{ column }} is null then '{{ column }}_missing' end
{%- endmacro -%}
