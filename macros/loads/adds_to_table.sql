{#- Whether the model adds to a table that is there; false in unit tests, which have no table.

    returns: a boolean -#}
{%- macro adds_to_table() -%}
    {{ return(execute and this is not none and is_incremental()) }}
{%- endmacro -%}
