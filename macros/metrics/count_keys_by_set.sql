{#- Distinct keys by grain and dimension, from rows that carry a day.

    Where dimensions follow from the key (a user has one country), a key is counted once per period
    and the counts are added up. Any other dimension needs a distinct count of its own.

    sets: name of the last CTE: grain, period_start, dimension_name, dimension_value, and a column
        of type double per measure, null where no row is present
    rows: name of a CTE with date_day, date_week, date_month, the dimensions, none of them null,
        counted_key, and a column per measure: 1 where the row belongs to it, else null
    counted: names of the dimensions that follow from the key
    dimensions: names of all dimensions
    measures: names of the measures
    returns: CTEs, with a comma before the first -#}
{%- macro count_keys_by_set(sets, rows, counted, dimensions, measures) -%}
{%- set others = dimensions | reject('in', counted) | list -%}
{%- set counts = [] -%}
{%- for name in measures -%}
    {%- do counts.append({
        'name': name,
        'key': 'case when ' ~ name ~ ' = 1 then counted_key end',
        'is_present': name ~ ' = 1',
    }) -%}
{%- endfor -%}
{%- if counted %},

{{ sets }}_keys as (

    select
        {{ period_columns() }}
        {%- for name in counted %}
        {{ name }},
        {%- endfor %}
        counted_key,
        {%- for name in measures %}
        {{ _aliased('max(' ~ name ~ ')', name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }}
    group by
        {{ grouping_sets(counted + ['counted_key'], _periods()) }}

),

{{ sets }}_periods as (

    select
        grain,
        period_start,
        {%- for name in counted %}
        {{ name }},
        {%- endfor %}
        {%- for name in measures %}
        sum(
            case
                when counted_key is not null then {{ name }}
                when {{ name }} = 1 then 0
            end
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ sets }}_keys
    group by
        grain,
        period_start
        {%- for name in counted %},
        {{ name }}
        {%- endfor %}

)
{%- endif %},

{{ sets }} as (
{% if counted %}
    select
        grain,
        period_start,
        {{ dimension_columns(counted) }}
        {%- for name in measures %}
        {{ _aliased('cast(sum(' ~ name ~ ') as double)', name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ sets }}_periods
    group by
        {{ grouping_sets(['grain', 'period_start'], ['total'] + counted) }}
    {%- if others %}
    union all
    {%- endif %}
{% endif %}
{%- if others or not counted %}
    {{ count_distinct_by_set(rows, others if counted else ['total'] + others, counts) }}
{% endif %}
)
{%- endmacro -%}
