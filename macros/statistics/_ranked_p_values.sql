{#- Tests with their place among those of their family, the smallest p-value first.

    Adds ranked_p_value (1 where it is missing), p_value_rank and family_size to each row of `rows`;
    the arguments are those of `holm`. -#}
{%- macro _ranked_p_values(name, rows, p_value, family) -%}
{{ name }} as (

    select
        *,
        coalesce({{ p_value }}, 1.0e0) as ranked_p_value,
        row_number() over (
            partition by {{ family | join(', ') }}
            order by coalesce({{ p_value }}, 1.0e0)
        ) as p_value_rank,
        count(*) over (
            partition by {{ family | join(', ') }}
        ) as family_size
    from {{ rows }}

)
{%- endmacro -%}
