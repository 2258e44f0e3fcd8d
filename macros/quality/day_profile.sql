{#- How one raw table looks day by day, from one scan of its base model.

    By the day that rows are of, of accepted rows: how many, the share of each column that may be
    empty and is, the mean of each number, the share of declared values. By the day they were
    loaded, of all rows: how many, and the share that was rejected.

    source_name, table_name: a table of the raw contract with loaded_at
    base: relation of its base model
    happened_at: its column that says when a row happened; loaded_at where it has none
    maturing: columns that are filled in later than the row, whose latest days look emptier
    categories: dict of lists: values of columns with few, whose shares are watched
    returns: a select statement: table_name, kind, column_name, date_day, is_load_day (whether the
        day is that of the load), actual_value (double), sample_size (double), value_scale, as
        score_anomalies reads them
    example: day_profile('product', 'sessions', ref('base_product__sessions'), 'started_at',
        categories={'platform': ['web', 'ios', 'android']}) -#}
{%- macro day_profile(
    source_name, table_name, base, happened_at, maturing=[], categories={}
) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set measures = _profile_measures(source_name, table_name, maturing, categories) -%}
with loaded as (

    select * from {{ base }}

),

dated as (

    select
        *,
        rejection_reasons is null as is_accepted,
        case
            when rejection_reasons is null then {{ local_date(happened_at) }}
        end as happened_date,
        case
            -- 1970-01-01 stands for a load that nobody wrote down
            when loaded_at > timestamp '1970-01-01 00:00:00' then {{ local_date('loaded_at') }}
        end as loaded_date
    from loaded

),

counted as (

    select
        happened_date,
        loaded_date,
        grouping(loaded_date) as is_of_happened_day,
        count(*) as row_count,
        count(case when is_accepted then 1 end) as accepted_count
        {%- for measure in measures if measure.aggregate %},
        {{ measure.aggregate }}
            as {{ measure.name }}
        {%- if measure.counted %},
        {{ measure.counted }}
            as {{ measure.name }}_count
        {%- endif %}
        {%- endfor %}
    from dated
    group by grouping sets ((happened_date), (loaded_date))

),

measures (measure_number, kind, column_name, is_of_happened_day, value_scale) as (

    values
    {%- for measure in measures %}
    (
        {{ measure.number }}, '{{ measure.kind }}', '{{ measure.column }}',
        {{ 0 if measure.kind in ('load', 'rejected_share') else 1 }},
        '{{ measure.scale }}'
    ){{ ',' if not loop.last }}
    {%- endfor %}

),

measured as (

    select
        measures.kind,
        measures.column_name,
        measures.value_scale,
        case
            when measures.is_of_happened_day = 1 then counted.happened_date
            else counted.loaded_date
        end as date_day,
        cast(
            case measures.measure_number
                {%- for measure in measures %}
                when {{ measure.number }}
                    then
                        {{ measure.value }}
                        {%- if measure.over %}
                        / {{ measure.over }}
                        {%- endif %}
                {%- endfor %}
            end as double
        ) as actual_value,
        cast(
            case
                when measures.kind = 'rejected_share' then counted.row_count
                when measures.value_scale = 'share' then counted.accepted_count
                {%- for measure in measures if measure.counted %}
                when measures.measure_number = {{ measure.number }} then counted.{{ measure.name }}_count
                {%- endfor %}
            end as double
        ) as sample_size
    from counted
    inner join measures on counted.is_of_happened_day = measures.is_of_happened_day

)

select
    '{{ source_name }}.{{ table_name }}' as table_name,
    kind,
    column_name,
    date_day,
    {% if happened_at == 'loaded_at' %}true{% else %}kind in ('load', 'rejected_share'){% endif %}
        as is_load_day,
    actual_value,
    sample_size,
    value_scale
from measured
where date_day is not null
{%- endmacro -%}

{#- What is measured, in the order of the contract's columns. -#}
{%- macro _profile_measures(source_name, table_name, maturing, categories) -%}
    {%- set table = raw_contract(source_name, table_name) -%}
    {%- set all_rows = '(rows)' -%}
    {%- set measures = [
        {'kind': 'volume', 'column': all_rows, 'scale': 'count', 'value': 'counted.accepted_count'},
        {'kind': 'load', 'column': all_rows, 'scale': 'count', 'value': 'counted.row_count'},
        {
            'kind': 'rejected_share', 'column': all_rows, 'scale': 'share',
            'value': 'cast(counted.row_count - counted.accepted_count as double)',
            'over': 'nullif(counted.row_count, 0)',
        },
    ] -%}
    {%- for column in table.columns if not (
        column.absent or column.personal or column.name in maturing or column.name in table.key
    ) -%}
        {%- if not column.not_null -%}
            {%- set name = 'empty_' ~ column.name -%}
            {%- do measures.append({
                'kind': 'null_share', 'column': column.name, 'scale': 'share', 'name': name,
                'aggregate': 'count(case when is_accepted and ' ~ column.name ~ ' is null then 1 end)',
                'value': 'cast(counted.' ~ name ~ ' as double)',
                'over': 'nullif(counted.accepted_count, 0)',
            }) -%}
        {%- endif -%}
        {%- if column.data_type in ('decimal', 'integer', 'double') -%}
            {%- set name = 'mean_' ~ column.name -%}
            {%- do measures.append({
                'kind': 'level', 'column': column.name, 'scale': 'amount', 'name': name,
                'aggregate': 'sum(case when is_accepted then ' ~ column.name ~ ' end)',
                'counted': 'count(case when is_accepted then ' ~ column.name ~ ' end)',
                'value': 'cast(counted.' ~ name ~ ' as double)',
                'over': 'nullif(counted.' ~ name ~ '_count, 0)',
            }) -%}
        {%- endif -%}
        {%- for value in categories.get(column.name, []) -%}
            {%- set name = column.name ~ '_' ~ loop.index -%}
            {%- do measures.append({
                'kind': 'value_share', 'column': column.name ~ ' = ' ~ value, 'scale': 'share',
                'name': name,
                'aggregate': 'count(case when is_accepted and ' ~ column.name ~ " = '" ~ value
                    ~ "' then 1 end)",
                'value': 'cast(counted.' ~ name ~ ' as double)',
                'over': 'nullif(counted.accepted_count, 0)',
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for measure in measures -%}{%- do measure.update({'number': loop.index}) -%}{%- endfor -%}
    {{ return(measures) }}
{%- endmacro -%}
