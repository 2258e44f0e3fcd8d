{#- The measures of one fact by grain, period and published dimension.

    Everything additive comes from one aggregation to days and one `grouping sets` over it; a
    distinct count has a branch per set, because a distinct count inside grouping sets keeps every
    set's keys at once; a trailing distinct count adds 1 on the day a key becomes active and takes
    it away again when its window has run out. What is computed is in `metric_definitions()`.

    fact: relation of the fact
    joins: relations whose dimensions the fact's metrics are published by
    as_of: relation with the column as_of_date, the exclusive end of the data
    time_spine: relation with the column date_day
    stored: relation of the fact's rows with row_print; then only the periods are computed whose
        rows or definitions have changed. None for a fact whose rows have no print.
    returns: a select statement: measure_name, grain (day, week, month), period_start,
        dimension_name (`total` or a dimension), dimension_value, measure_value (double); with
        `stored` also period_print, what the period was computed from -#}
{%- macro measure_values(fact, joins, as_of, time_spine, stored=none) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set relations = relations_by_model([fact] + joins) -%}
{%- set fact_name = relations | first -%}
{%- set measures = _fact_measures(fact_name, relations) -%}
{%- set ctes = [] -%}
{%- set selects = [] -%}
{%- set joined = _joined_dimensions(measures, fact_name) -%}
with as_of as (

    select * from {{ as_of }}

)
{%- if measures | map(attribute='window_days') | select | list %},

time_spine as (

    select * from {{ time_spine }}

)
{%- endif %}
{%- for entity, dimensions in joined.items() %},

{{ entity }}_dimensions as (

    select
        {{ dimensions[0].key }} as {{ entity }}__key,
        {%- for dimension in dimensions %}
        {{ _aliased(dimension.expression, dimension.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relations[dimensions[0].model] }}

)
{%- endfor %}
{%- for time_column in measures | map(attribute='time_column') | unique %}
    {%- set timed = measures | selectattr('time_column', 'equalto', time_column) | list %}
    {%- if stored %}
        {{- changed_periods(time_column, timed, stored) }}
        {%- for window in _windows(timed) if adds_to_table() %}
            {%- do selects.append(cleared_periods(
                time_column ~ '_' ~ window ~ '_changed', _names_of(timed, window)
            )) %}
        {%- endfor %}
    {%- endif %}
    {{- _labelled_rows(fact, fact_name, time_column, timed, stored) }}
    {%- set additive = timed | rejectattr('aggregation', 'equalto', 'count_distinct') | list %}
    {%- if additive %}
        {{- _additive_values(time_column, additive, selects, stored) }}
    {%- endif %}
    {%- set distinct = timed | selectattr('aggregation', 'equalto', 'count_distinct') | list %}
    {%- for expression in distinct | map(attribute='expression') | unique %}
        {{- _distinct_values(
            time_column, loop.index,
            distinct | selectattr('expression', 'equalto', expression) | list, selects, stored
        ) }}
    {%- endfor %}
{%- endfor %}
{%- if stored and adds_to_table() %}
    {%- do selects.append(_dropped_measures(measures | map(attribute='name'))) %}
{%- endif %}

{% if selects -%}
{{ selects | join('\nunion all\n') }}
{%- else -%}
{{ _no_measure_values(stored) }}
{%- endif %}
{%- endmacro -%}

{#- The fact's measures, each once; stops where a dimension's model is not among the joins. -#}
{%- macro _fact_measures(fact_name, relations) -%}
    {%- set measures = {} -%}
    {%- for metric in metric_definitions() -%}
        {%- for measure in metric.measures if measure.fact == fact_name and not measure.conversion -%}
            {%- for dimension in measure.dimensions if dimension.model not in relations -%}
                {{ exceptions.raise_compiler_error(
                    "metric '" ~ metric.name ~ "': the dimension '" ~ dimension.name ~ "' needs '"
                    ~ dimension.model ~ "'; add ref('" ~ dimension.model
                    ~ "') to the joins in int_measure_values__" ~ fact_name ~ '.sql'
                ) }}
            {%- endfor -%}
            {%- if measure.name in measures -%}
                {%- set known = measures[measure.name] -%}
                {%- for dimension in measure.dimensions if dimension not in known.dimensions -%}
                    {%- do known.dimensions.append(dimension) -%}
                {%- endfor -%}
                {%- for name in measure.published_dimensions if name not in known.published_dimensions -%}
                    {%- do known.published_dimensions.append(name) -%}
                {%- endfor -%}
            {%- else -%}
                {%- do measures.update({measure.name: dict(
                    measure,
                    dimensions=measure.dimensions | list,
                    published_dimensions=measure.published_dimensions | list,
                )}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(measures.values() | list) }}
{%- endmacro -%}

{#- {entity: its dimensions} for the entities that have to be joined to the fact. -#}
{%- macro _joined_dimensions(measures, fact_name) -%}
    {%- set joined = {} -%}
    {%- for measure in measures -%}
        {%- for dimension in measure.dimensions if dimension.model != fact_name -%}
            {%- do joined.setdefault(dimension.entity, []) -%}
            {%- if dimension.name not in joined[dimension.entity] | map(attribute='name') -%}
                {%- do joined[dimension.entity].append(dimension) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(joined) }}
{%- endmacro -%}

{%- macro _measure_dimension_names(measures) -%}
    {%- set names = [] -%}
    {%- for measure in measures -%}
        {%- do names.extend(measure.published_dimensions) -%}
    {%- endfor -%}
    {{ return(names | unique | sort) }}
{%- endmacro -%}

{#- The fact's rows with their dates, dimensions as text, and each measure's value where its filter holds. -#}
{%- macro _labelled_rows(fact, fact_name, time_column, measures, stored) -%}
{%- set own = {} -%}
{%- set joined = {} -%}
{%- set entities = {} -%}
{%- for measure in measures -%}
    {%- for dimension in measure.dimensions -%}
        {%- if dimension.model == fact_name -%}
            {%- do own.update({dimension.name: dimension.expression}) -%}
        {%- else -%}
            {%- do joined.update({dimension.name: dimension.entity}) -%}
            {%- do entities.update({dimension.entity: dimension.fact_key}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{%- set expressions = measures | map(attribute='expression') | unique | list %},

{{ time_column }}_rows as (

    select
        cast({{ time_column }} as date) as date_day,
        {%- for entity, key in entities.items() %}
        {{ key }} as {{ entity }}__key,
        {%- endfor %}
        {%- for name, expression in own.items() %}
        {{ _aliased(expression, name) }},
        {%- endfor %}
        {%- for expression in expressions %}
        {{ _aliased(expression, 'measured_' ~ loop.index) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ fact }}
    where
        {{ time_column }} is not null
        {%- if stored and adds_to_table() %}
        and cast({{ time_column }} as date) in (
            select needed.date_day
            from {{ time_column }}_needed_days as needed
        )
        {%- endif %}

),
{%- if entities %}

{{ time_column }}_joined as (

    select
        {{ time_column }}_rows.*
        {%- for name, entity in joined.items() %},
        {{ entity }}_dimensions.{{ name }}
        {%- endfor %}
    from {{ time_column }}_rows
    {%- for entity in entities %}
    left join {{ entity }}_dimensions
        on {{ time_column }}_rows.{{ entity }}__key = {{ entity }}_dimensions.{{ entity }}__key
    {%- endfor %}

),
{%- endif %}

{{ time_column }}_labelled as (

    select
        date_day,
        {%- for name in _measure_dimension_names(measures) %}
        {{ _aliased('coalesce(cast(' ~ name ~ " as string), '(none)')", name) }},
        {%- endfor %}
        {%- for measure in measures %}
        {%- set value = 'measured_' ~ (expressions.index(measure.expression) + 1) %}
        {%- if measure.aggregation == 'count' %}
            {%- set value = 'case when ' ~ value ~ ' is not null then 1 else 0 end' %}
        {%- elif measure.aggregation == 'sum_boolean' %}
            {%- set value = 'case when ' ~ value ~ ' then 1 else 0 end' %}
        {%- elif measure.aggregation == 'count_distinct' %}
            {%- set value = '1' %}
        {%- endif %}
        {%- if measure.filters %}
        case
            {%- for filter in measure.filters %}
            {{ 'when' if loop.first else '    and' }} {{ filter }}
            {%- endfor %}
                then {{ value }}
        end as {{ measure.name }},
        {%- else %}
        {{ _aliased(value, measure.name) }},
        {%- endif %}
        {%- endfor %}
        {%- for expression in measures | selectattr('aggregation', 'equalto', 'count_distinct')
            | map(attribute='expression') | unique %}
        measured_{{ expressions.index(expression) + 1 }} as counted_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- else %}
        1 as row_count
        {%- endfor %}
    from {{ time_column }}_{{ 'joined' if entities else 'rows' }}

)
{%- endmacro -%}

{#- Additive measures: days by all dimensions, then by each dimension, then periods.

    The end of the data is applied behind the first aggregation: before it, DuckDB takes the rows
    that are left for few, turns the join with the dimensions round, and keeps the fact in memory. -#}
{%- macro _additive_values(time_column, measures, selects, stored) -%}
{%- set names = _measure_dimension_names(measures) -%}
{%- set functions = {'min': 'min', 'max': 'max'} %},

{{ time_column }}_daily as (

    select
        date_day,
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        {%- for measure in measures %}
        {%- set aggregated = functions.get(measure.aggregation, 'sum') ~ '(' ~ measure.name ~ ')' %}
        {{ _aliased(aggregated, measure.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ time_column }}_labelled
    group by
        date_day
        {%- for name in names %},
        {{ name }}
        {%- endfor %}
    having date_day < (select as_of.as_of_date from as_of)

),

{{ time_column }}_days as (

    select
        {{ _period_columns() }}
        {{ dimension_columns(names) }}
        {%- for measure in measures %}
        {%- set aggregated = functions.get(measure.aggregation, 'sum') ~ '(' ~ measure.name ~ ')' %}
        {{ _aliased(aggregated, measure.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ time_column }}_daily
    group by
        {{ grouping_sets(['date_day'], ['total'] + names) }}

),

{{ time_column }}_sets as (

    select
        {{ period_columns() }}
        dimension_name,
        dimension_value,
        {%- for measure in measures %}
        {%- set aggregated = functions.get(measure.aggregation, 'sum') ~ '(' ~ measure.name ~ ')' %}
        {{ _aliased('cast(' ~ aggregated ~ ' as double)', measure.name) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ time_column }}_days
    group by
        {{ grouping_sets(['dimension_name', 'dimension_value'], _periods()) }}

)
{%- set periodic = measures | rejectattr('window_days') | list %}
{%- if periodic %}
    {{- select_measures(
        time_column ~ '_sets', periodic, selects, _periods_of(time_column, 0, stored)
    ) }}
{%- endif %}
{%- for measure in measures if measure.window_days %}
    {{- _trailing_sums(time_column, measure, selects, stored) }}
{%- endfor %}
{%- endmacro -%}

{%- macro _period_columns() -%}
date_day,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as date_week,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as date_month,
{%- endmacro -%}

{#- Those of the dimensions that follow from what all the measures count. -#}
{%- macro _counted_dimensions(measures, names) -%}
    {%- set entities = measures | map(attribute='counted') | map(attribute='entity') | unique | list -%}
    {%- set counted = [] -%}
    {%- for name in names if entities == [name.split('__')[0]] -%}
        {%- do counted.append(name) -%}
    {%- endfor -%}
    {{ return(counted) }}
{%- endmacro -%}

{#- Distinct counts: days and keys once, then all sets. -#}
{%- macro _distinct_values(time_column, number, measures, selects, stored) -%}
{%- set names = _measure_dimension_names(measures) -%}
{%- set keys = time_column ~ '_keys_' ~ number -%}
{%- set periodic = measures | rejectattr('window_days') | list -%}
{%- set trailing = measures | selectattr('window_days') | list -%}
{%- set sets = time_column ~ '_counts_' ~ number %},

{{ keys }} as (

    select
        {{ _period_columns() }}
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        counted_{{ number }} as counted_key,
        {%- for measure in measures %}
        {{ _aliased('max(' ~ measure.name ~ ')', measure.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ time_column }}_labelled
    group by
        date_day,
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        counted_{{ number }}
    having date_day < (select as_of.as_of_date from as_of)

)
{%- if periodic %}
    {%- set periodic_names = _measure_dimension_names(periodic) %}
    {{- count_keys_by_set(
        sets,
        keys,
        _counted_dimensions(measures, periodic_names),
        periodic_names,
        periodic | map(attribute='name') | list
    ) }}
    {{- select_measures(sets, periodic, selects, _periods_of(time_column, 0, stored)) }}
{%- endif %}
{%- for filters in trailing | map(attribute='filters') | map('join', ' and ') | unique %}
    {%- set windows = [] %}
    {%- for measure in trailing if measure.filters | join(' and ') == filters %}
        {%- do windows.append(measure) %}
    {%- endfor %}
    {{- _trailing_distinct(time_column, keys, windows, selects, stored) }}
{%- endfor %}
{%- endmacro -%}

{#- A sum over the trailing days: a value per day of the spine, then a window over them. -#}
{%- macro _trailing_sums(time_column, measure, selects, stored) %},

{{ measure.name }}_changes as (

    select
        dimension_name,
        dimension_value,
        date_day,
        -- as exact as it was summed
        {{ measure.name }} as difference,
        1 as days_with_rows
    from {{ time_column }}_days
    where {{ measure.name }} is not null

),

{{ _spread_over_days(measure, measure.name ~ '_changes') }},

{{ measure.name }}_trailing as (

    select
        dimension_name,
        dimension_value,
        date_day,
        sum(difference) over trailing_days as measure_value,
        sum(days_with_rows) over trailing_days as days_with_rows
    from {{ measure.name }}_days
    window trailing_days as (
        partition by dimension_name, dimension_value
        order by date_day
        rows between {{ measure.window_days - 1 }} preceding and current row
    )

)
{{- _last_of_period(time_column, measure, selects, stored) }}
{%- endmacro -%}

{#- Distinct counts of the same keys over trailing days, by differences: see the header of
    measure_values. All dimensions that follow from the key share its spells; another dimension
    has spells of its own. -#}
{%- macro _trailing_distinct(time_column, keys, windows, selects, stored) %}
{%- set first = windows[0].name -%}
{%- set names = _measure_dimension_names(windows) -%}
{%- set counted = _counted_dimensions(windows, names) -%}
{%- set cuts = [{'name': 'total', 'columns': counted, 'alone': []}] -%}
{%- for name in names if name not in counted -%}
    {%- do cuts.append({'name': name, 'columns': [name], 'alone': [name]}) -%}
{%- endfor -%}
{%- for cut in cuts %},

{{ first }}_{{ cut.name }}_active_days as (

    select distinct
        {%- for column in cut.columns %}
        {{ column }},
        {%- endfor %}
        counted_key,
        date_day
    from {{ keys }}
    where {{ first }} = 1

),

{{ first }}_{{ cut.name }}_spells as (

    select
        {%- for column in cut.columns %}
        {{ column }},
        {%- endfor %}
        case when counted_key is not null then 1 else 0 end as step,
        date_day as first_day,
        lead(date_day) over (
            partition by {{ (['counted_key'] + cut.columns) | join(', ') }}
            order by date_day
        ) as next_day
    from {{ first }}_{{ cut.name }}_active_days

)
{%- endfor %}
{%- for measure in windows %}
    {%- set changes = [] %}
    {%- for cut in cuts if cut.name == 'total' or cut.name in measure.published_dimensions %}
        {%- set steps = measure.name ~ '_' ~ cut.name ~ '_steps' %},

{{ steps }} as (

    select
        {%- for column in cut.columns %}
        {{ column }},
        {%- endfor %}
        first_day as date_day,
        step,
        1 as step_of_rows
    from {{ first }}_{{ cut.name }}_spells
    union all
    select
        {%- for column in cut.columns %}
        {{ column }},
        {%- endfor %}
        least(
            {{ add_days('first_day', measure.window_days) }},
            coalesce(next_day, {{ add_days('first_day', measure.window_days) }})
        ) as date_day,
        -step as step,
        -1 as step_of_rows
    from {{ first }}_{{ cut.name }}_spells

),

{{ steps }}_daily as (

    select
        date_day,
        {%- for column in cut.columns %}
        {{ column }},
        {%- endfor %}
        sum(step) as difference,
        -- rows without a key are nobody, and still 0 instead of nothing
        sum(step_of_rows) as days_with_rows
    from {{ steps }}
    group by
        date_day
        {%- for column in cut.columns %},
        {{ column }}
        {%- endfor %}

),

{{ steps }}_by_set as (

    select
        date_day,
        {{ dimension_columns(cut.columns) }}
        sum(difference) as difference,
        sum(days_with_rows) as days_with_rows
    from {{ steps }}_daily
    group by
        {{ grouping_sets(['date_day'], cut.alone or ['total'] + cut.columns) }}

)
        {%- do changes.append('select * from ' ~ steps ~ '_by_set') %}
    {%- endfor %},

{{ measure.name }}_changes as (

    {{ changes | join('\n    union all\n    ') }}

),

{{ _spread_over_days(measure, measure.name ~ '_changes') }},

{{ measure.name }}_trailing as (

    select
        dimension_name,
        dimension_value,
        date_day,
        sum(difference) over until_today as measure_value,
        sum(days_with_rows) over until_today as days_with_rows
    from {{ measure.name }}_days
    window until_today as (
        partition by dimension_name, dimension_value
        order by date_day
        rows between unbounded preceding and current row
    )

)
    {{- _last_of_period(time_column, measure, selects, stored) }}
{%- endfor %}
{%- endmacro -%}

{#- A row for every day of the spine and value of a dimension, 0 where nothing changed. -#}
{%- macro _spread_over_days(measure, changes) -%}
{{ measure.name }}_values as (

    select distinct
        dimension_name,
        dimension_value
    from {{ changes }}

),

{{ measure.name }}_days as (

    select
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        time_spine.date_day,
        coalesce(changes.difference, 0) as difference,
        coalesce(changes.days_with_rows, 0) as days_with_rows
    from {{ measure.name }}_values as dimension_values
    cross join time_spine
    left join {{ changes }} as changes
        on
            dimension_values.dimension_name = changes.dimension_name
            and dimension_values.dimension_value = changes.dimension_value
            and time_spine.date_day = changes.date_day

)
{%- endmacro -%}

{#- A trailing value of each day, and of each week and month the one of its last day. -#}
{%- macro _last_of_period(time_column, measure, selects, stored) %},

{{ measure.name }}_grains (grain) as (

    values ('day'), ('week'), ('month')

),

{{ measure.name }}_periods as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'trailing_days.date_day') }} as period_start,
        trailing_days.dimension_name,
        trailing_days.dimension_value,
        trailing_days.date_day,
        trailing_days.measure_value
    from {{ measure.name }}_trailing as trailing_days
    cross join {{ measure.name }}_grains as grains
    where trailing_days.days_with_rows > 0

),

{{ measure.name }}_ranked as (

    select
        *,
        row_number() over (
            partition by grain, period_start, dimension_name, dimension_value
            order by date_day desc
        ) as days_back
    from {{ measure.name }}_periods

),

{{ measure.name }}_sets as (

    select
        grain,
        period_start,
        dimension_name,
        dimension_value,
        cast(measure_value as double) as {{ measure.name }}
    from {{ measure.name }}_ranked
    where days_back = 1

)
{{- select_measures(
    measure.name ~ '_sets', [measure], selects,
    _periods_of(time_column, measure.window_days, stored)
) }}
{%- endmacro -%}

{#- Kept values of measures that are not defined any more: to go, see `cleared_periods`. -#}
{%- macro _dropped_measures(names) -%}
select distinct
    measure_name,
    grain,
    period_start,
    cast(null as string) as dimension_name,
    cast(null as string) as dimension_value,
    cast(null as double) as measure_value,
    cast(null as string) as period_print
from {{ this }}
where
    measure_name not in (
        {%- for name in names %}
        '{{ name }}',
        {%- endfor %}
        ''
    )
{%- endmacro -%}

{%- macro _periods_of(time_column, window_days, stored) -%}
{{ return(time_column ~ '_' ~ window_days ~ '_changed' if stored else none) }}
{%- endmacro -%}

{%- macro _no_measure_values(stored) -%}
select
    cast(null as string) as measure_name,
    cast(null as string) as grain,
    cast(null as date) as period_start,
    cast(null as string) as dimension_name,
    cast(null as string) as dimension_value,
    cast(null as double) as measure_value
    {%- if stored %},
    cast(null as string) as period_print
    {%- endif %}
where 1 = 0
{%- endmacro -%}
