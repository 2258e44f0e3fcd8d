{#- The reason to reject a row whose column has a text that its type cannot hold.

    column: name of a raw column
    data_type: what staging reads it as, a type of read_as
    returns: an expression: '<column>_unreadable' or null
    example: unreadable('ordered_at', 'timestamp') -> 'ordered_at_unreadable' for '2025-13-45' -#}
{%- macro unreadable(column, data_type) -%}
    case
        when {{ column }} is not null and {{ read_as(column, data_type) }} is null
            then '{{ column }}_unreadable'
    end
{%- endmacro -%}
