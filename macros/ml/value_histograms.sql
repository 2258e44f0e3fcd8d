{#- How many values fall into each bin of the reference, per key and chunk, in one pass.

    A tenth of the reference has a thousand fine bins: equal parts of an inner decile, and in an open
    outer one equal parts of x / (1 + x), x being the distance from its edge in open widths. So that
    a few wild values move neither the bins nor each other.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per value: the keys, a number or a text
    bins: name of a CTE as `reference_bins` gives it
    keys: names of the columns that make a feature
    chunk_keys: names of further columns to group by; none for the reference itself
    number, text: expressions of the value; a text counts where there is no number, and a value
        without both is missing, as a NaN or infinite number is
    returns: CTEs, the last one called `name`, one row per keys, chunk_keys and bin that has a value:
        fine_bin (0 missing, 1 to 10000 of numbers, -1 of texts), category (the text, else null),
        value_count, outside_count (numbers below or above the reference). They can be stored, and
        those of several chunks add up,
        so that the reference's own is the sum of its chunks' and needs no second pass
    example: reference 1 to 11, value 2.5 -> fine_bin 1500, value_count 1, outside_count 0
    reference: the tenths are (a, b] -#}
{%- macro value_histograms(
    name,
    rows,
    bins,
    keys,
    chunk_keys=[],
    number='numeric_value',
    text='text_value'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ' cross join ' ~ bins ~ ')') }}{%- endif -%}
{%- set grouped = keys + chunk_keys -%}
{{ name }}__values as (

    select
        {{ grouped | join(',\n        ') }},
        {{ _finite(number) }} as number,
        {{ text }} as category
    from {{ rows }}

),

{{ name }}__binned_values as (

    -- the case is ordered from the highest edge, as null edges end the list
    select
        {%- for key in grouped %}
        found.{{ key }},
        {%- endfor %}
        case
            when found.number is null then case when found.category is null then 0 else -1 end
            {%- for place in range(9, 0, -1) %}
            when found.number > bins.edge_{{ place }}
                then {{ place * 1000 }} + {{ _fine_bin(
                    '(found.number - bins.edge_' ~ place ~ ')',
                    'bins.edge_' ~ (place + 1) if place < 9 else none,
                    'bins.edge_' ~ place
                ) }}
            {%- endfor %}
            else
                1001 - {{ _fine_bin('(bins.edge_1 - found.number)', none, 'bins.edge_1') }}
        end as fine_bin,
        case when found.number is null then found.category end as category,
        case when found.number < bins.minimum or found.number > bins.maximum then 1 end
            as is_outside
    from {{ name }}__values as found
    left join {{ bins }} as bins
        on {{ _same(keys, 'found', 'bins') }}

),

{{ name }} as (

    select
        {{ grouped | join(',\n        ') }},
        fine_bin,
        category,
        count(*) as value_count,
        count(is_outside) as outside_count
    from {{ name }}__binned_values
    group by
        {{ grouped | join(',\n        ') }},
        fine_bin,
        category

)
{%- endmacro -%}

{#- The thousandth, 1 to 1000, of a distance from a bin's edge: to the next one, or in an open bin. -#}
{%- macro _fine_bin(distance, next_edge, edge) -%}
{%- set open_part -%}
1 - 1 / (1 + {{ distance }} / bins.open_width)
{%- endset -%}
cast(least(greatest(ceil(1000 * (
                    {%- if next_edge %}
                    coalesce({{ distance }} / ({{ next_edge }} - {{ edge }}), {{ open_part }})
                    {%- else %}
                    {{ open_part }}
                    {%- endif %}
                )), 1), 1000) as int)
{%- endmacro -%}
