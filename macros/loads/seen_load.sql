{#- The last load that an incremental model has seen of its inputs.

    Where an input was built from nothing since then, all of its rows are newer: what is gone from it
    cannot be told from what has changed, and the model takes all rows again.

    inputs: relations with load_number; the first one has a row for every row of the model
    returns: an integer, read when the model is compiled; none where it has to take all rows -#}
{%- macro seen_load(inputs) -%}
    {%- if not adds_to_table() -%}{{ return(none) }}{%- endif -%}
    {%- set first_loads -%}
select
    (select max(load_number) from {{ this }}) as seen
    {%- for input in inputs %},
    (select min(load_number) from {{ input }}) as first_load_{{ loop.index }}
    {%- endfor %}
    {%- endset -%}
    {%- set numbers = run_query(first_loads).rows[0].values() | list -%}
    {%- set seen = numbers[0] -%}
    {%- if seen is none or numbers[1] is none -%}{{ return(none) }}{%- endif -%}
    {%- for first_load in numbers[1:] if first_load is not none and first_load > seen -%}
        {{ return(none) }}
    {%- endfor -%}
    {{ return(seen | int) }}
{%- endmacro -%}
