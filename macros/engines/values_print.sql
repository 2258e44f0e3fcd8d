{#- A number that changes when any of the values does, but for one chance in 2^64.

    It is the same in every run of one engine, and another on another engine or after its upgrade.

    values: expressions of any types
    returns: an expression of a whole number of 64 bits
    example: values_print(['order_id', 'status']) -#}
{%- macro values_print(values) -%}
    {{ return(adapter.dispatch('values_print', 'groundwork')(values)) }}
{%- endmacro -%}

{%- macro duckdb__values_print(values) -%}
hash(
            {{ values | join(',\n            ') }}
        )
{%- endmacro -%}

{%- macro spark__values_print(values) -%}
xxhash64(
            {{ values | join(',\n            ') }}
        )
{%- endmacro -%}
