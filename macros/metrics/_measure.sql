{#- Helpers of metric_definitions: one measure with its filters, and how a definition is refused. -#}

{#- One measure of a metric.

    returns: dict
        name: the column it becomes; measure: its name in the YAML
        fact: the mart it is aggregated from
        aggregation, expression, time_column: how, what and by which date
        counted: dict(entity, fact, key) whose dimensions follow from what is counted, or none
        filters: conditions on qualified dimension names; filter_dimensions: those names
        row_key: column with the raw id of the fact's rows
        entities: {entity: expression} of the fact; units: {entity: column with its id as given}
        timestamp: the moment behind the date of time_column, or none where only the date is known
        window_days: of a trailing window, 0 if none; conversion: dict or none
        filled: the column, with its fill_nulls_with applied
        formula: the definition in words -#}
{%- macro _measure(root, input, filters, key, semantics) -%}
    {%- if input.join_to_timespine -%}
        {{ _refuse(root, 'join_to_timespine is not supported', 'drop it; fill_nulls_with is') }}
    {%- endif -%}
    {%- set declared = semantics.measures[input.name] -%}
    {%- set supported = ['sum', 'count', 'count_distinct', 'average', 'min', 'max', 'sum_boolean'] -%}
    {%- if declared.aggregation not in supported -%}
        {{ _refuse(root, "the aggregation '" ~ declared.aggregation ~ "' of its measure '"
            ~ declared.name ~ "' is not supported", 'use one of ' ~ supported | join(', ')) }}
    {%- endif -%}
    {%- if declared.non_additive_dimension -%}
        {{ _refuse(root, "the non_additive_dimension of its measure '" ~ declared.name
            ~ "' is not supported", 'model the snapshot as a fact of its own') }}
    {%- endif -%}
    {%- set semantic_model = declared.semantic_model -%}
    {%- set entity = declared.counted_entity -%}
    {%- if entity and declared.aggregation != 'count_distinct' -%}
        {{ _refuse(root, "its measure '" ~ declared.name ~ "' names the entity '" ~ entity
            ~ "' and does not count it", 'drop config.meta.entity, or use count_distinct') }}
    {%- endif -%}
    {%- if entity and entity not in semantic_model.entities -%}
        {{ _refuse(root, "the entity '" ~ entity ~ "' that its measure '" ~ declared.name
            ~ "' names is not known", 'use one of ' ~ semantic_model.entities | join(', ')) }}
    {%- endif -%}
    {%- set fact = semantic_model.model -%}
    {%- set fact_model = 'int_measure_values__' ~ fact -%}
    {%- if fact_model not in semantics.models -%}
        {{ _refuse(root, "its fact '" ~ fact ~ "' has no model '" ~ fact_model ~ "'",
            'add models/intermediate/metrics/' ~ fact_model ~ '.sql, a copy of a neighbour with the fact\'s name') }}
    {%- endif -%}
    {%- set filter = _filter_sql(root, filters + _filter_templates(input.filter)) -%}
    {%- set time_column = semantic_model.dimensions[declared.time_dimension].expression -%}
    {%- if not modules.re.match('^[a-z_][a-z_0-9]*$', time_column) -%}
        {{ _refuse(root, "the time dimension '" ~ declared.time_dimension ~ "' of its measure '"
            ~ declared.name ~ "' is an expression", 'make it a column of ' ~ fact) }}
    {%- endif -%}
    {{ return({
        'name': key,
        'measure': declared.name,
        'fact': fact,
        'aggregation': declared.aggregation,
        'counted': {'entity': entity, 'fact': fact, 'key': semantic_model.entities[entity]}
            if entity else none,
        'expression': declared.expression | string,
        'time_column': time_column,
        'filters': filter.conditions,
        'filter_dimensions': filter.dimensions,
        'entities': semantic_model.entities,
        'units': _unit_columns(semantic_model),
        'row_key': _unit_columns(semantic_model)[semantic_model.primary_entity],
        'timestamp': declared.time_dimension if declared.time_dimension in semantic_model.columns
            else none,
        'window_days': 0,
        'conversion': none,
        'filled': key if input.fill_nulls_with is none
            else 'coalesce(' ~ key ~ ', ' ~ input.fill_nulls_with ~ ')',
        'formula': declared.aggregation ~ '(' ~ declared.expression ~ ') of ' ~ fact ~ ' by '
            ~ time_column ~ (' where ' ~ filter.conditions | join(' and ') if filter.conditions else ''),
    }) }}
{%- endmacro -%}

{#- The column of each entity with the id as it was given: a key says (unknown) where it is not known. -#}
{%- macro _unit_columns(semantic_model) -%}
    {%- set units = {} -%}
    {%- for entity, expression in semantic_model.entities.items() -%}
        {%- set given = modules.re.sub('_key$', '_id', expression) -%}
        {%- do units.update({entity: given if given in semantic_model.columns else expression}) -%}
    {%- endfor -%}
    {{ return(units) }}
{%- endmacro -%}

{%- macro _filter_templates(filter) -%}
    {%- set templates = [] -%}
    {%- for where_filter in (filter.where_filters if filter else []) -%}
        {%- do templates.append(where_filter.where_sql_template | trim) -%}
    {%- endfor -%}
    {{ return(templates) }}
{%- endmacro -%}

{#- Filter templates as conditions on qualified dimension names. -#}
{%- macro _filter_sql(root, templates) -%}
    {%- set conditions = [] -%}
    {%- set dimensions = [] -%}
    {%- set reference = "\\{\\{\\s*Dimension\\(\\s*['\"](\\w+)['\"]\\s*\\)\\s*\\}\\}" -%}
    {%- for template in templates | unique -%}
        {%- do dimensions.extend(modules.re.findall(reference, template)) -%}
        {%- set condition = modules.re.sub(reference, '\\1', template) -%}
        {%- if '{{' in condition -%}
            {{ _refuse(root, 'the filter "' ~ template.split() | join(' ') ~ '" is not supported',
                "filter on Dimension('entity__name') alone") }}
        {%- endif -%}
        {%- set is_alternative = modules.re.search('\\bor\\b', condition | lower) -%}
        {%- do conditions.append('(' ~ condition ~ ')' if is_alternative else condition) -%}
    {%- endfor -%}
    {{ return({'conditions': conditions, 'dimensions': dimensions | unique | list}) }}
{%- endmacro -%}

{%- macro _window_days(root, window) -%}
    {%- set days_per = {'day': 1, 'week': 7} -%}
    {%- set granularity = window.granularity | string -%}
    {%- if granularity not in days_per -%}
        {{ _refuse(root, "a window in '" ~ granularity ~ "' is not supported", 'give it in days or weeks') }}
    {%- endif -%}
    {{ return(window.count * days_per[granularity]) }}
{%- endmacro -%}

{%- macro _refuse(metric_name, reason, remedy) -%}
    {{ exceptions.raise_compiler_error("metric '" ~ metric_name ~ "': " ~ reason ~ '; ' ~ remedy) }}
{%- endmacro -%}
