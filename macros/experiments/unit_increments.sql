{#- What each unit of each experiment did, by metric and day, from one fact.

    A row of the fact belongs to a unit when it carries the unit's id and happened between the
    start of the covariate window and the end of the unit's window. The fact is read once per
    entity that an experiment may randomise.

    fact: relation of the fact
    joins: relations of the dimensions that the fact's metrics are filtered by
    units: relation in the shape of `int_experiment_units`
    analyses: relation in the shape of `int_experiment_analyses`
    touched: relation in the shape of `int_experiments_touched`
    returns: a select statement: experiment_id, metric_name, unit_id, component (`numerator`,
        `denominator`), period (`before`, `after` the exposure), date_day (of what was before: the
        exposure's), amount (exact integer, in the metric's scale); one row per all of them but
        the amount -#}
{%- macro unit_increments(fact, joins, units, analyses, touched) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set relations = relations_by_model([fact] + joins) -%}
{%- set fact_name = relations | first -%}
{%- set components = _fact_components(fact_name, relations) -%}
{%- set selects = [] -%}
with units as (

    {{ of_touched(units, touched) }}

),

components as (

    select
        experiment_id,
        metric_name,
        'numerator' as component,
        concat(metric_name, '.numerator') as component_name,
        window_days,
        covariate_days
    from {{ analyses }}
    union all
    select
        experiment_id,
        metric_name,
        'denominator' as component,
        concat(metric_name, '.denominator') as component_name,
        window_days,
        covariate_days
    from {{ analyses }}
    where has_denominator

)
{%- for entity, dimensions in _joined_dimensions(components, fact_name).items() %},

{{ entity }}_dimensions as (

    select
        {{ dimensions[0].key }} as {{ entity }}__key,
        {%- for dimension in dimensions %}
        {{ _aliased(dimension.expression, dimension.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relations[dimensions[0].model] }}

)
{%- endfor %}
{%- for time_column in components | map(attribute='time_column') | unique %}
    {%- set timed = components | selectattr('time_column', 'equalto', time_column) | list %}
    {{- _unit_rows(fact, fact_name, time_column, timed) }}
    {%- for entity in timed[0].units %}
        {{- _entity_increments(entity, time_column, timed, selects) }}
    {%- endfor %}
{%- endfor %}

{% if selects -%}
{{ selects | join('\nunion all\n') }}
{%- else -%}
select
    cast(null as string) as experiment_id,
    cast(null as string) as population,
    cast(null as string) as metric_name,
    cast(null as string) as unit_id,
    cast(null as string) as component,
    cast(null as string) as period,
    cast(null as date) as date_day,
    {{ exact_integer('null') }} as amount
where 1 = 0
{%- endif %}
{%- endmacro -%}

{#- The measures of a fact as components of metrics, each with the dimensions it is filtered by. -#}
{%- macro _fact_components(fact_name, relations) -%}
    {%- set components = [] -%}
    {%- for metric in experiment_metrics() if not metric.refusal -%}
        {%- for name in ('numerator', 'denominator')
            if metric[name] and metric[name].fact == fact_name -%}
            {%- set measure = metric[name] -%}
            {%- set dimensions = [] -%}
            {%- for dimension in measure.dimensions if dimension.name in measure.filter_dimensions -%}
                {%- if dimension.model not in relations -%}
                    {{ exceptions.raise_compiler_error(
                        "metric '" ~ metric.name ~ "': its filter on '" ~ dimension.name ~ "' needs '"
                        ~ dimension.model ~ "'; add ref('" ~ dimension.model
                        ~ "') to the joins in int_unit_increments__" ~ fact_name ~ '.sql'
                    ) }}
                {%- endif -%}
                {%- do dimensions.append(dimension) -%}
            {%- endfor -%}
            {%- do components.append(dict(
                measure, metric=metric.name, component=name, dimensions=dimensions
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(components) }}
{%- endmacro -%}

{#- The fact's rows with their moment, ids of units, and a value per measure where its filter holds. -#}
{%- macro _unit_rows(fact, fact_name, time_column, components) -%}
{%- set own = {} -%}
{%- set joined = {} -%}
{%- set entities = {} -%}
{%- for component in components -%}
    {%- for dimension in component.dimensions -%}
        {%- if dimension.model == fact_name -%}
            {%- do own.update({dimension.name: dimension.expression}) -%}
        {%- else -%}
            {%- do joined.update({dimension.name: dimension.entity}) -%}
            {%- do entities.update({dimension.entity: dimension.fact_key}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{%- set expressions = components | map(attribute='expression') | unique | list -%}
{%- set timestamp = components[0].timestamp %},

{{ time_column }}_rows as (

    select
        cast({{ time_column }} as date) as date_day,
        {%- if timestamp %}
        {{ timestamp }} as happened_at,
        {%- else %}
        cast(cast({{ time_column }} as date) as timestamp) as happened_at,
        {%- endif %}
        {%- for entity, column in components[0].units.items() %}
        {{ column }} as {{ entity }}__unit_id,
        {%- endfor %}
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
    where {{ time_column }} is not null

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

{{ time_column }}_valued as (

    select
        date_day,
        happened_at,
        {%- for entity in components[0].units %}
        {{ entity }}__unit_id,
        {%- endfor %}
        {%- for component in _unique_components(components) %}
        {%- set value = 'measured_' ~ (expressions.index(component.expression) + 1) %}
        {%- if component.is_keyed and component.aggregation == 'sum_boolean' %}
            {%- set value = 'case when ' ~ value ~ " then 'true' end" %}
        {%- elif component.is_keyed %}
            {%- set value = 'cast(' ~ value ~ ' as string)' %}
        {%- elif component.aggregation == 'count' %}
            {%- set value = 'case when ' ~ value ~ ' is not null then 1 end' %}
        {%- elif component.aggregation == 'sum_boolean' %}
            {%- set value = 'case when ' ~ value ~ ' then 1 end' %}
        {%- else %}
            {%- set value = 'round(cast(' ~ value ~ ' as double) / ' ~ component.scale ~ ')' %}
        {%- endif %}
        {%- if not component.is_keyed %}
            {%- set value = whole_number(value) %}
        {%- endif %}
        {%- if component.filters %}
        case
            {%- for filter in component.filters %}
            {{ 'when' if loop.first else '    and' }} {{ filter }}
            {%- endfor %}
                then {{ value }}
        end as {{ component.name }}{{ ',' if not loop.last }}
        {%- else %}
        {{ _aliased(value, component.name) }}{{ ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from {{ time_column }}_{{ 'joined' if entities else 'rows' }}

)
{%- endmacro -%}

{#- Components by the measure they are made of: metrics share measures. -#}
{%- macro _unique_components(components) -%}
    {%- set unique = {} -%}
    {%- for component in components -%}
        {%- do unique.setdefault(component.name, component) -%}
    {%- endfor -%}
    {{ return(unique.values() | list) }}
{%- endmacro -%}

{#- The rows of the units of one entity: sums by day, and keys on the first day they occur. -#}
{%- macro _entity_increments(entity, time_column, components, selects) -%}
{%- set name = time_column ~ '_of_' ~ entity -%}
{%- set summed = components | rejectattr('is_keyed') | list -%}
{%- set keyed = components | selectattr('is_keyed') | list -%}
{#- without a moment, the day of the exposure counts as a whole -#}
{%- set start = 'units.exposed_at' if components[0].timestamp
    else 'cast(units.exposed_date as timestamp)' %},

{{ name }}_rows as (

    select
        units.experiment_id,
        units.population,
        units.unit_id,
        units.planned_end_at,
        units.exposed_date,
        {{ start }}{{ ' as exposed_at' if start != 'units.exposed_at' }},
        {%- for component in _unique_components(components) %}
        valued.{{ component.name }},
        {%- endfor %}
        valued.date_day,
        valued.happened_at
    from {{ time_column }}_valued as valued
    inner join units
        on
            units.unit = '{{ entity }}'
            and valued.{{ entity }}__unit_id = units.unit_id
    where
        valued.date_day <= units.last_day
        and valued.happened_at
        >= {{ seconds_later(start, '-86400 * units.longest_covariate_days') }}
        and valued.happened_at < units.observed_until

)
{%- if summed %},

{{ name }}_amounts as (

    {{ _matched(name, summed) }}

),

{{ name }}_summed as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        component,
        period,
        date_day,
        {{ exact_sum('matched_value') }} as amount
    from {{ name }}_amounts
    where matched_value is not null
    group by experiment_id, population, metric_name, unit_id, component, period, date_day

)
{%- do selects.append('select * from ' ~ name ~ '_summed') -%}
{%- endif %}
{%- if keyed %},

{{ name }}_keys as (

    {{ _matched(name, keyed) }}

),

{{ name }}_first_days as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        component,
        period,
        matched_value,
        min(date_day) as date_day
    from {{ name }}_keys
    where matched_value is not null
    group by experiment_id, population, metric_name, unit_id, component, period, matched_value

),

{{ name }}_keyed as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        component,
        period,
        date_day,
        {{ exact_integer('count(*)') }} as amount
    from {{ name }}_first_days
    group by experiment_id, population, metric_name, unit_id, component, period, date_day

)
{%- do selects.append('select * from ' ~ name ~ '_keyed') -%}
{%- endif %}
{%- endmacro -%}

{#- Each row with each metric that it counts for, before the exposure or after it. -#}
{%- macro _matched(name, measures) -%}
select
        unit_rows.experiment_id,
        unit_rows.population,
        components.metric_name,
        unit_rows.unit_id,
        components.component,
        case when unit_rows.happened_at < unit_rows.exposed_at then 'before' else 'after' end
            as period,
        case
            when unit_rows.happened_at < unit_rows.exposed_at then unit_rows.exposed_date
            else unit_rows.date_day
        end as date_day,
        case components.component_name
            {%- for measure in measures %}
            when '{{ measure.metric }}.{{ measure.component }}'
                then unit_rows.{{ measure.name }}
            {%- endfor %}
        end as matched_value
    from {{ name }}_rows as unit_rows
    inner join components on unit_rows.experiment_id = components.experiment_id
    where
        (
            unit_rows.happened_at >= unit_rows.exposed_at
            and unit_rows.happened_at < coalesce(
                {{ seconds_later('unit_rows.exposed_at', '86400 * components.window_days') }},
                unit_rows.planned_end_at
            )
        )
        or (
            unit_rows.happened_at < unit_rows.exposed_at
            and unit_rows.happened_at
            >= {{ seconds_later('unit_rows.exposed_at', '-86400 * components.covariate_days') }}
        )
{%- endmacro -%}
