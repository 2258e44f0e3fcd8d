{#- Tests with their place among those of their family, the smallest p-value first.

    Adds `adjusted` with the suffixes _raw (the p-value, 1 where it is missing), _rank and _tests
    (how many the family has) to each row of `rows`; the arguments are those of `holm`. -#}
{%- macro _ranked_p_values(name, rows, p_value, family, adjusted) -%}
{{ name }} as (

    select
        *,
        coalesce({{ p_value }}, 1.0e0) as {{ adjusted }}_raw,
        row_number() over (
            partition by {{ family | join(', ') }}
            order by coalesce({{ p_value }}, 1.0e0)
        ) as {{ adjusted }}_rank,
        count(*) over (
            partition by {{ family | join(', ') }}
        ) as {{ adjusted }}_tests
    from {{ rows }}

)
{%- endmacro -%}
