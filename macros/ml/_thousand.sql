{#- A CTE with the numbers 0 to 999, in a column `number`. -#}
{%- macro _thousand(name) -%}
{{ name }}__digits (digit) as (

    values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)

),

{{ name }} as (

    select hundreds.digit * 100 + tens.digit * 10 + ones.digit as number
    from {{ name }}__digits as hundreds
    cross join {{ name }}__digits as tens
    cross join {{ name }}__digits as ones

)
{%- endmacro -%}
