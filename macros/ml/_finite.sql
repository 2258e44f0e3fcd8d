{#- A number as a double; null where it is infinite or NaN, which stands above infinity. -#}
{%- macro _finite(expression) -%}
case
            when abs(cast({{ expression }} as double)) < cast('infinity' as double)
                then cast({{ expression }} as double) + 0.0e0
        end
{%- endmacro -%}
