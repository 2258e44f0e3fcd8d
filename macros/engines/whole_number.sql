{#- A number without a fraction as a bigint; one that does not fit is an error, and never wraps.

    expression: a numeric expression without a fraction
    returns: an expression of type bigint
    example: whole_number('12.0e0') -> 12 -#}
{%- macro whole_number(expression) -%}
    {{ return(adapter.dispatch('whole_number', 'groundwork')(expression)) }}
{%- endmacro -%}

{%- macro duckdb__whole_number(expression) -%}
cast({{ expression }} as bigint)
{%- endmacro -%}

{%- macro spark__whole_number(expression) -%}
case
            when abs({{ expression }}) >= 9.2e18
                then cast(raise_error('a value does not fit: choose a larger scale') as bigint)
            else cast({{ expression }} as bigint)
        end
{%- endmacro -%}
