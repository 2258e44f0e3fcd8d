{#- What each day changes in the moments of each variant: sums of values, squares and products.

    A value that has added up to y grows by i on a day: its square grows by i (2 y + i). So each
    day's changes, summed over units and then over days, are the moments of every day.

    `running` counts everyone so far. `matured` counts a unit as a whole on the day its window
    closes. A unit that met a second variant leaves on that day: what it had brought is taken away.

    units: relation in the shape of `int_experiment_units`
    analyses: relation in the shape of `int_experiment_analyses`
    unit_days: relation in the shape of `int_experiment_unit_days`
    touched: relation in the shape of `int_experiments_touched`
    returns: a select statement: experiment_id, metric_name, maturity, variant_id, stage,
        segment_name (`total` or a segment), segment_value, date_day; units and the sums of
        `moment_sums()`, in exact integers; input_fingerprint, of what they were made of; one row
        per all the columns before units -#}
{%- macro moment_changes(units, analyses, unit_days, touched) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set segments = segment_definitions() | map(attribute='name') | list -%}
{%- set sums = moment_sums() -%}
{%- set keys = ['experiment_id', 'metric_name', 'variant_id', 'stage'] + segments -%}
with touched as (

    select * from {{ touched }}

),

experiment_units as (

    {{ of_touched(units, touched) }}

),

units as (

    select * from experiment_units
    where is_planned

),

analyses as (

    select * from {{ analyses }}

),

all_unit_days as (

    {{ of_touched(unit_days, touched) }}

),

unit_days as (

    select * from all_unit_days
    where population = 'exposed'

),

-- each unit with each metric, from its exposure until it leaves, whole from the day it matures
unit_analyses as (

    select
        units.experiment_id,
        analyses.metric_name,
        units.unit_id,
        units.variant_id,
        units.stage,
        {%- for segment in segments %}
        units.{{ segment }},
        {%- endfor %}
        units.exposed_date,
        units.left_date,
        units.last_day,
        case
            when analyses.window_days is null
                then {{ local_date('units.planned_end_at') }}
            else {{ local_date(
                '(' ~ seconds_later('units.exposed_at', '86400 * analyses.window_days') ~ ')'
            ) }}
        end as matured_date
    from units
    inner join analyses on units.experiment_id = analyses.experiment_id
    where units.left_date is null or units.left_date > units.exposed_date

),

day_changes as (

    select
        {%- for key in keys %}
        unit_analyses.{{ key }},
        {%- endfor %}
        unit_analyses.unit_id,
        unit_analyses.left_date,
        unit_analyses.matured_date,
        unit_analyses.last_day,
        unit_days.date_day,
        unit_days.y_added as sum_y,
        unit_days.d_added as sum_d,
        unit_days.x_added as sum_x,
        unit_days.w_added as sum_w,
        {{ _square_change('y') }} as sum_yy,
        {{ exact_product(['unit_days.y_added', 'unit_days.d_before + unit_days.d_added']) }}
        + {{ exact_product(['unit_days.d_added', 'unit_days.y_before']) }} as sum_yd,
        {{ _square_change('d') }} as sum_dd,
        {%- for value in ('y', 'd') %}
        {%- for covariate in ('x', 'w') %}
        {{ exact_product(['unit_days.' ~ value ~ '_added', 'unit_days.' ~ covariate]) }}
            as sum_{{ value ~ covariate }},
        {%- endfor %}
        {%- endfor %}
        {{ exact_product(['unit_days.x_added', 'unit_days.x_added']) }} as sum_xx,
        {{ exact_product(['unit_days.x_added', 'unit_days.w_added']) }} as sum_xw,
        {{ exact_product(['unit_days.w_added', 'unit_days.w_added']) }} as sum_ww
    from unit_days
    inner join unit_analyses
        on
            unit_days.experiment_id = unit_analyses.experiment_id
            and unit_days.metric_name = unit_analyses.metric_name
            and unit_days.unit_id = unit_analyses.unit_id
    where unit_analyses.left_date is null or unit_days.date_day < unit_analyses.left_date

),

unit_sums as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        left_date,
        matured_date,
        last_day,
        {{ moment_columns(exact_sum('%s'), ['y', 'd', 'x', 'w']) }}
    from day_changes
    group by
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        unit_id,
        left_date,
        matured_date,
        last_day

),

unit_totals as (

    select
        *,
        {%- for product in sums if product | length == 2 %}
        {{ exact_product(['sum_' ~ product[0], 'sum_' ~ product[1]]) }} as sum_{{ product }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from unit_sums

),

changes as (

    {{ _changes('running', 'date_day', 'day_changes', keys, '0') }}
    union all
    {{ _changes('running', 'left_date', 'unit_totals', keys, '0', sign='-') }}
    where left_date is not null
    union all
    {{ _changes('running', 'exposed_date', 'unit_analyses', keys, '1') }}
    union all
    {{ _changes('running', 'left_date', 'unit_analyses', keys, '-1') }}
    where left_date is not null
    union all
    {{ _changes('matured', 'matured_date', 'unit_totals', keys, '0') }}
    where left_date is null or left_date > matured_date
    union all
    {{ _changes('matured', 'left_date', 'unit_totals', keys, '0', sign='-') }}
    where left_date > matured_date
    union all
    {{ _changes('matured', 'matured_date', 'unit_analyses', keys, '1') }}
    where left_date is null or left_date > matured_date
    union all
    {{ _changes('matured', 'left_date', 'unit_analyses', keys, '-1') }}
    where left_date > matured_date

),

by_day as (

    select
        maturity,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        date_day,
        {{ exact_sum('units') }} as units,
        {%- for sum in sums %}
        {{ exact_sum('sum_' ~ sum) }} as sum_{{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    where date_day <= last_day
    group by
        maturity,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        date_day

),

by_segment as (

    select
        experiment_id,
        metric_name,
        maturity,
        variant_id,
        stage,
        {{ _segment_columns(segments) }}
        date_day,
        {{ exact_sum('units') }} as units,
        {%- for sum in sums %}
        {{ exact_sum('sum_' ~ sum) }} as sum_{{ sum }}{{ ',' if not loop.last }}
        {%- endfor %}
    from by_day
    group by
        {{ grouping_sets(
            ['experiment_id', 'metric_name', 'maturity', 'variant_id', 'stage', 'date_day'],
            ['total'] + segments
        ) }}

)

select
    by_segment.*,
    touched.input_fingerprint
from by_segment
inner join touched on by_segment.experiment_id = touched.experiment_id
where by_segment.segment_name != '(none)'
{%- endmacro -%}

{%- macro _square_change(letter) -%}
{{ exact_product([
            'unit_days.' ~ letter ~ '_added',
            '2 * unit_days.' ~ letter ~ '_before + unit_days.' ~ letter ~ '_added',
        ]) }}
{%- endmacro -%}

{#- The changes of one kind, all in the same columns. -#}
{%- macro _changes(maturity, date, relation, keys, units, sign='') -%}
select
        '{{ maturity }}' as maturity,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ date }}{{ ' as date_day' if date != 'date_day' }},
        last_day,
        {{ exact_integer(units) }} as units,
        {%- for sum in moment_sums() %}
        {%- if relation == 'unit_analyses' %}
        {{ exact_integer('0') }} as sum_{{ sum }}
        {%- elif sign %}
        {{ sign }}sum_{{ sum }} as sum_{{ sum }}
        {%- else %}
        sum_{{ sum }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro -%}

{#- The segment a row of `grouping_sets` belongs to; (none) where the unit has no such segment. -#}
{%- macro _segment_columns(segments) -%}
        case
            {%- for segment in segments %}
            when grouping({{ segment }}) = 0
                then
                    case
                        when {{ segment }} is null then '(none)'
                        else '{{ segment }}'
                    end
            {%- endfor %}
            else 'total'
        end as segment_name,
        coalesce(
            {%- for segment in segments %}
            {{ segment }},
            {%- endfor %}
            'total'
        ) as segment_value,
{%- endmacro -%}
