{#- The measures of all conversion metrics by grain, period and published dimension.

    A conversion belongs to the latest base event of its entity on the same day or one of the
    window's days before it, and counts in the period of that base event. Days are compared, not
    times.

    relations: all facts and dimensions that conversion metrics may use
    as_of: relation with the column as_of_date, the exclusive end of the data
    stored: {name of a fact: relation of its rows with row_print}, where there is one
    returns: a select statement in the shape of `measure_values`, with two measures per metric:
        <metric>__base and <metric>__converted, and period_print; where the model adds to what is
        there, of the periods whose base events or conversions have changed -#}
{%- macro conversion_values(relations, as_of, stored={}) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set known = relations_by_model(relations) -%}
{%- set conversions = _conversions(known) -%}
with as_of as (

    select * from {{ as_of }}

)
{%- set selects = [] -%}
{%- for base in conversions %}
    {{- _conversion_rows(base, known, stored, selects) }}
{%- endfor %}
{%- if adds_to_table() %}
    {%- set names = [] %}
    {%- for base in conversions %}
        {%- do names.extend([base.conversion.name ~ '__base', base.conversion.name ~ '__converted']) %}
    {%- endfor %}
    {%- do selects.append(_dropped_measures(names)) %}
{%- endif %}

{% if selects -%}
{{ selects | join('\nunion all\n') }}
{%- else -%}
{{ _no_measure_values(stored=true) }}
{%- endif %}
{%- endmacro -%}

{#- The base measure of each conversion, once; stops where a mart that it needs is not given. -#}
{%- macro _conversions(known) -%}
    {%- set conversions = {} -%}
    {%- for metric in metric_definitions() -%}
        {%- for measure in metric.measures
            if measure.conversion and measure.name == measure.conversion.name ~ '__base' -%}
            {%- set needed = [measure.fact, measure.conversion.fact]
                + measure.dimensions | map(attribute='model') | list -%}
            {%- for model in needed if model not in known -%}
                {{ exceptions.raise_compiler_error(
                    "metric '" ~ metric.name ~ "': it needs '" ~ model ~ "'; add ref('" ~ model
                    ~ "') to the relations in int_conversion_values.sql"
                ) }}
            {%- endfor -%}
            {%- set known_base = conversions.setdefault(measure.conversion.name, dict(
                measure, dimensions=[], published_dimensions=[]
            )) -%}
            {%- for dimension in measure.dimensions if dimension not in known_base.dimensions -%}
                {%- do known_base.dimensions.append(dimension) -%}
            {%- endfor -%}
            {%- for name in measure.published_dimensions
                if name not in known_base.published_dimensions -%}
                {%- do known_base.published_dimensions.append(name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conversions.values() | list) }}
{%- endmacro -%}

{#- Base events, the conversions that belong to them, and both counted by set. -#}
{%- macro _conversion_rows(base, known, stored, selects) -%}
{%- set conversion = base.conversion -%}
{%- set name = conversion.name -%}
{%- set own = base.dimensions | selectattr('model', 'equalto', base.fact) | list -%}
{%- set joined = base.dimensions | rejectattr('model', 'equalto', base.fact)
    | selectattr('entity', 'equalto', conversion.entity) | list -%}
{%- set names = base.published_dimensions %},

{{ name }}_base_rows as (

    select
        {{ base.entities[conversion.entity] }} as entity_key,
        cast({{ base.time_column }} as date) as base_day,
        {%- for dimension in own %}
        {{ _aliased(dimension.expression, dimension.name) }},
        {%- endfor %}
        {{ _aliased(base.expression, 'base_value') }}
    from {{ known[base.fact] }}
    where {{ base.time_column }} is not null

)
{%- if joined %},

{{ name }}_dimensions as (

    select
        {{ joined[0].key }} as dimension_key,
        {%- for dimension in joined %}
        {{ _aliased(dimension.expression, dimension.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ known[joined[0].model] }}

)
{%- endif %},

{%- if joined %}

{{ name }}_joined as (

    select
        base_rows.*,
        {%- for dimension in joined %}
        dimensions.{{ dimension.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_base_rows as base_rows
    left join {{ name }}_dimensions as dimensions
        on base_rows.entity_key = dimensions.dimension_key

),
{%- endif %}

{{ name }}_base_events as (

    select
        entity_key,
        base_day,
        {%- for dimension in names %}
        {{ _aliased('coalesce(cast(' ~ dimension ~ " as string), '(none)')", dimension) }},
        {%- endfor %}
        base_value
    from {{ name }}_{{ 'joined' if joined else 'base_rows' }}
    {%- if base.filters %}
    where {{ base.filters | join(' and ') }}
    {%- endif %}

),

{{ name }}_conversion_events as (

    select
        {{ conversion.key }} as entity_key,
        cast({{ conversion.time_column }} as date) as converted_day,
        {{ _aliased(conversion.expression, 'converted_value') }}
    from {{ known[conversion.fact] }}
    where {{ conversion.time_column }} < (select as_of.as_of_date from as_of)

)
{{- _conversion_periods(base, names, stored) }},

{{ name }}_base as (

    select distinct * from {{ name }}_base_events
    {%- if adds_to_table() %}
    where base_day in (select needed.date_day from {{ name }}_needed_days as needed)
    {%- endif %}

),

{{ name }}_conversion_rows as (

    select distinct * from {{ name }}_conversion_events
    {%- if adds_to_table() %}
    where converted_day in (select needed.date_day from {{ name }}_needed_days as needed)
    {%- endif %}

),

{{ name }}_converted as (

    select
        conversions.entity_key,
        conversions.converted_day,
        conversions.converted_value,
        {%- for dimension in names %}
        base_events.{{ dimension }},
        {%- endfor %}
        max(base_events.base_day) as base_day
    from {{ name }}_conversion_rows as conversions
    inner join {{ name }}_base as base_events
        on
            conversions.entity_key = base_events.entity_key
            and conversions.converted_day >= base_events.base_day
            and conversions.converted_day
            < {{ add_days('base_events.base_day', base.window_days) }}
    {%- if conversion.fills_nulls %}
    where conversions.converted_value is not null
    {%- endif %}
    group by
        conversions.entity_key,
        conversions.converted_day,
        conversions.converted_value
        {%- for dimension in names %},
        base_events.{{ dimension }}
        {%- endfor %}

),

{{ name }}_counted as (

    select
        base_day as date_day,
        {%- for dimension in names %}
        {{ dimension }},
        {%- endfor %}
        base_value as counted_key,
        1 as {{ name }}__base,
        cast(null as integer) as {{ name }}__converted
    from {{ name }}_base
    union all
    select
        base_day as date_day,
        {%- for dimension in names %}
        {{ dimension }},
        {%- endfor %}
        converted_value as counted_key,
        cast(null as integer) as {{ name }}__base,
        1 as {{ name }}__converted
    from {{ name }}_converted

),

{{ name }}_dated as (

    select
        {{ _period_columns() }}
        {%- for dimension in names %}
        {{ dimension }},
        {%- endfor %}
        counted_key,
        {{ name }}__base,
        {{ name }}__converted
    from {{ name }}_counted
    where date_day < (select as_of.as_of_date from as_of)

)
{{- count_keys_by_set(
    name ~ '_sets',
    name ~ '_dated',
    _counted_dimensions([base, conversion], names),
    names,
    [name ~ '__base', name ~ '__converted']
) }}
{{- select_measures(name ~ '_sets', [
    dict(base, name=name ~ '__base'), dict(base, name=name ~ '__converted')
], selects, name ~ '_changed') }}
{%- if adds_to_table() %}
    {%- do selects.append(cleared_periods(name ~ '_changed', _conversion_names(name))) %}
{%- endif %}
{%- endmacro -%}

{%- macro _conversion_names(name) -%}
'{{ name }}__base', '{{ name }}__converted'
{%- endmacro -%}

{#- The prints of the periods: of their base events, and of the conversions within the window. -#}
{%- macro _conversion_periods(base, names, stored) %}
{%- set name = base.conversion.name -%}
{%- set conversion = base.conversion -%}
{%- set definition = local_md5(tojson(base, sort_keys=true)) %},

{{ name }}_base_prints as (

    {{ _prints_of_days(
        stored.get(base.fact), base.time_column,
        name ~ '_base_events', 'base_day', ['entity_key', 'base_value'] + names
    ) }}

),

{{ name }}_conversion_prints as (

    {{ _prints_of_days(
        stored.get(conversion.fact), conversion.time_column,
        name ~ '_conversion_events', 'converted_day', ['entity_key', 'converted_value']
    ) }}

),

{{ name }}_prints as (

    select * from {{ name }}_base_prints
    union all
    select * from {{ name }}_conversion_prints

),

-- a later base event within the window takes a conversion away
{{ name }}_day_prints as (

    select
        base_prints.date_day,
        {{ exact_sum('prints.day_print') }} as reach_print
    from {{ name }}_base_prints as base_prints
    inner join {{ name }}_prints as prints
        on
            base_prints.date_day <= prints.date_day
            and {{ add_days('base_prints.date_day', base.window_days) }} > prints.date_day
    group by base_prints.date_day

)
{{- _printed_periods(name, name ~ '_day_prints', definition) }}
{{- _changed_of(name, _conversion_names(name)) }}
{%- if adds_to_table() %},

{{ name }}_needed_days as (

    select distinct prints.date_day
    from {{ name }}_prints as prints
    inner join {{ name }}_changed as changed
        on
            prints.date_day >= changed.period_start
            and prints.date_day < {{ add_days(
                period_end('changed.grain', 'changed.period_start'), base.window_days - 1
            ) }}

)
{%- endif %}
{%- endmacro -%}

{#- A print of each day: of all rows of the fact where they are stored with one, else of the events. -#}
{%- macro _prints_of_days(stored, time_column, events, day_column, values) -%}
{%- set day = 'cast(' ~ time_column ~ ' as date)' if stored else day_column -%}
select
        {{ day }} as date_day,
        {{ exact_sum('row_print' if stored else values_print(values)) }} as day_print
    from {{ stored or events }}
    where {{ day }} is not null
    group by {{ day }}
    having {{ day }} < (select as_of.as_of_date from as_of)
{%- endmacro -%}
