{#- The reason to reject a row whose column has a text that its type cannot hold.

    column: name of a raw column, read as `typed_<column>`
    returns: an expression: '<column>_unreadable' or null, laid out for a list of reasons
    example: unreadable('ordered_at') -> 'ordered_at_unreadable' for '2025-13-45' -#}
{%- macro unreadable(column) -%}
            case
                when
                    {{ column }} is not null
                    and typed_{{ column }} is null
                    then '{{ column }}_unreadable'
            end
{%- endmacro -%}
