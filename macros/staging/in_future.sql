{#- The reason to reject a row that happened later than a day after it was loaded.

    A day of grace covers clocks that are off and time zones that were forgotten.

    column: name of a raw timestamp column, read as `typed_<column>`
    returns: an expression: '<column>_in_future' or null, laid out for a list of reasons
    example: in_future('ordered_at') -> 'ordered_at_in_future' for 2099-01-01 loaded in 2025 -#}
{%- macro in_future(column) -%}
            case
                when typed_{{ column }} > typed_loaded_at + interval '1' day
                    then '{{ column }}_in_future'
            end
{%- endmacro -%}
