{#- A number that changes when any value of a row does, but for one chance in 2^64.

    It is the same in every run of one engine, and another on another engine or after its upgrade.

    alias: the alias of a relation in `from`
    returns: an expression of a whole number of 64 bits
    example: exact_sum(row_print('orders')) -> a print of all rows, in any order -#}
{%- macro row_print(alias) -%}
    {{ return(adapter.dispatch('row_print', 'groundwork')(alias)) }}
{%- endmacro -%}

{%- macro duckdb__row_print(alias) -%}
hash({{ alias }})
{%- endmacro -%}

{%- macro spark__row_print(alias) -%}
xxhash64(struct({{ alias }}.*))
{%- endmacro -%}
