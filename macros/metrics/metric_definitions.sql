{#- The metrics of the project's semantic YAML as a plain list: the only place that reads `graph`.

    Everything that the other metric macros need is in the list, so that a unit test can put a list
    of its own in its place (`overrides: macros: metric_definitions: [...]`). Stops with one line on
    a definition that is not supported.

    returns: a list of dicts, ordered by name, one per metric:
        name, label, description, type: as in the YAML
        meta: the dict `config.meta`
        formula: the definition in one line
        additivity: additive | non_additive
        models: the marts it reads
        raw_tables: the raw tables it rests on, as source.table
        undeclared_roots: models among its ancestors that read neither a source nor a model
        clock_readers: models among its ancestors that read a clock
        private_models: of its models, those without public access
        personal_columns: of their columns, those that the raw contract marks as personal
        path: the YAML file
        window_days: days after (conversion) or before (cumulative) a period that it reads, 0 if none
        looks_ahead: whether window_days lie after the period
        expression, numerator, denominator: SQL on the names of its measures (the last two can be
            none)
        dimensions: the names it is published by (`user__country`)
        measures: what it is computed from, see `_measure` -#}
{%- macro metric_definitions() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set semantics = _semantics() -%}
    {%- set definitions = [] -%}
    {%- for metric in graph.metrics.values() | sort(attribute='name') -%}
        {%- set meta = metric.config.meta or metric.meta -%}
        {%- set dimensions = meta.get('dimensions', []) -%}
        {%- set resolved = _resolve_metric(metric.name, metric.name, [], metric.name, semantics) -%}
        {%- set models = [] -%}
        {%- for measure in resolved.measures -%}
            {%- set names = dimensions + measure.filter_dimensions -%}
            {%- do measure.update({
                'dimensions': _measure_dimensions(metric.name, names | unique | list, measure, semantics),
                'published_dimensions': dimensions,
            }) -%}
            {%- do models.append(measure.fact) -%}
            {%- do models.extend(measure.dimensions | map(attribute='model')) -%}
            {%- if measure.conversion -%}{%- do models.append(measure.conversion.fact) -%}{%- endif -%}
        {%- endfor -%}
        {%- set models = models | unique | sort -%}
        {%- set lineage = _lineage(models, semantics) -%}
        {%- do definitions.append({
            'name': metric.name,
            'label': metric.label,
            'description': metric.description | trim,
            'type': metric.type | string,
            'path': metric.original_file_path,
            'meta': meta,
            'formula': resolved.formula,
            'additivity': resolved.additivity,
            'models': models,
            'raw_tables': lineage.raw_tables,
            'undeclared_roots': lineage.undeclared_roots,
            'clock_readers': lineage.clock_readers,
            'private_models': lineage.private_models,
            'personal_columns': lineage.personal_columns,
            'window_days': resolved.measures | map(attribute='window_days') | max,
            'looks_ahead': resolved.measures | selectattr('conversion') | list | length > 0,
            'expression': resolved.expression,
            'numerator': resolved.numerator,
            'denominator': resolved.denominator,
            'dimensions': dimensions,
            'measures': resolved.measures,
        }) -%}
    {%- endfor -%}
    {{ return(definitions) }}
{%- endmacro -%}

{#- What the YAML declares, by name: metrics, measures with their semantic model, and entities. -#}
{%- macro _semantics() -%}
    {%- set metrics = {} -%}
    {%- for metric in graph.metrics.values() -%}
        {%- do metrics.update({metric.name: metric}) -%}
    {%- endfor -%}
    {%- set measures = {} -%}
    {%- set semantic_models = {} -%}
    {%- for semantic_model in graph.semantic_models.values() -%}
        {%- set entities = {} -%}
        {%- set primary = namespace(name=none) -%}
        {%- for entity in semantic_model.entities -%}
            {%- do entities.update({entity.name: entity.expr or entity.name}) -%}
            {%- if entity.type | string == 'primary' -%}
                {%- set primary.name = entity.name -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set dimensions = {} -%}
        {%- for dimension in semantic_model.dimensions -%}
            {%- do dimensions.update({dimension.name: {
                'expression': dimension.expr or dimension.name,
                'type': dimension.type | string,
            }}) -%}
        {%- endfor -%}
        {%- set described = {
            'name': semantic_model.name,
            'model': semantic_model.depends_on.nodes[0].split('.')[-1],
            'primary_entity': primary.name,
            'entities': entities,
            'dimensions': dimensions,
        } -%}
        {%- do semantic_models.update({semantic_model.name: described}) -%}
        {%- for measure in semantic_model.measures -%}
            {%- do measures.update({measure.name: {
                'name': measure.name,
                'aggregation': measure.agg | string,
                'expression': measure.expr or measure.name,
                'time_dimension': measure.agg_time_dimension
                    or semantic_model.defaults.agg_time_dimension,
                'non_additive_dimension': measure.non_additive_dimension,
                'semantic_model': described,
            }}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set personal_columns = [] -%}
    {%- for source_table in graph.sources.values() -%}
        {%- for column in source_table.columns.values() if column.meta.get('personal') -%}
            {%- do personal_columns.append(column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({
        'metrics': metrics,
        'measures': measures,
        'semantic_models': semantic_models,
        'personal_columns': personal_columns,
    }) }}
{%- endmacro -%}

{#- Resolves a metric into SQL on measures; calls itself for the inputs of ratios and derivations.

    root: the metric that is being defined, for messages
    name: the metric to resolve
    filters: filter templates that come with it
    key: what its measure is called
    returns: dict(expression, numerator, denominator, measures, formula, additivity) -#}
{%- macro _resolve_metric(root, name, filters, key, semantics) -%}
    {%- set metric = semantics.metrics[name] -%}
    {%- set params = metric.type_params -%}
    {%- set filters = filters + _filter_templates(metric.filter) -%}
    {%- set type = metric.type | string -%}
    {%- if type == 'simple' -%}
        {{ return(_resolve_simple(root, params.measure, filters, key, semantics)) }}
    {%- elif type == 'cumulative' -%}
        {{ return(_resolve_cumulative(root, params, filters, key, semantics)) }}
    {%- elif type == 'conversion' -%}
        {{ return(_resolve_conversion(root, params.conversion_type_params, filters, key, semantics)) }}
    {%- elif type == 'ratio' -%}
        {%- set numerator = _resolve_input(root, params.numerator, filters, key ~ '__numerator', semantics) -%}
        {%- set denominator = _resolve_input(root, params.denominator, filters, key ~ '__denominator', semantics) -%}
        {{ return({
            'expression': '(' ~ numerator.expression ~ ') / nullif(' ~ denominator.expression ~ ', 0)',
            'numerator': numerator.expression,
            'denominator': denominator.expression,
            'measures': _unique_measures(numerator.measures + denominator.measures),
            'formula': '(' ~ numerator.formula ~ ') / (' ~ denominator.formula ~ ')',
            'additivity': 'non_additive',
        }) }}
    {%- elif type == 'derived' -%}
        {{ return(_resolve_derived(root, params, filters, key, semantics)) }}
    {%- endif -%}
    {{ _refuse(root, "the metric type '" ~ type ~ "' is not supported",
        'use simple, ratio, derived, cumulative or conversion') }}
{%- endmacro -%}

{#- An input of a ratio or derivation: the metric's own measure unless a filter makes it another. -#}
{%- macro _resolve_input(root, input, filters, key, semantics) -%}
    {%- if input.offset_window or input.offset_to_grain -%}
        {{ _refuse(root, "the offset of its input '" ~ input.name ~ "' is not supported",
            'compare periods in metric_status or in the query') }}
    {%- endif -%}
    {%- set filters = filters + _filter_templates(input.filter) -%}
    {{ return(_resolve_metric(root, input.name, filters, key if filters else input.name, semantics)) }}
{%- endmacro -%}

{%- macro _resolve_simple(root, input, filters, key, semantics) -%}
    {%- set measure = _measure(root, input, filters, key, semantics) -%}
    {%- if measure.aggregation == 'average' -%}
        {%- set total = dict(measure, name=key ~ '__sum', aggregation='sum',
            expression='cast(' ~ measure.expression ~ ' as double)') -%}
        {%- set number = dict(measure, name=key ~ '__count', aggregation='count') -%}
        {{ return({
            'expression': total.name ~ ' / nullif(' ~ number.name ~ ', 0)',
            'numerator': total.name,
            'denominator': number.name,
            'measures': [total, number],
            'formula': measure.formula,
            'additivity': 'non_additive',
        }) }}
    {%- endif -%}
    {{ return({
        'expression': measure.filled,
        'numerator': none,
        'denominator': none,
        'measures': [measure],
        'formula': measure.formula,
        'additivity': 'additive' if measure.aggregation in ('sum', 'count', 'sum_boolean')
            else 'non_additive',
    }) }}
{%- endmacro -%}

{%- macro _resolve_cumulative(root, params, filters, key, semantics) -%}
    {%- set cumulative = params.cumulative_type_params -%}
    {%- if not cumulative or not cumulative.window -%}
        {{ _refuse(root, 'a cumulative metric without a window is not supported',
            'give cumulative_type_params a window, such as 28 days') }}
    {%- endif -%}
    {%- if cumulative.period_agg | string != 'last' -%}
        {{ _refuse(root, "period_agg '" ~ cumulative.period_agg ~ "' is not supported",
            'write period_agg: last, so that a week shows its last day') }}
    {%- endif -%}
    {%- set measure = _measure(root, params.measure, filters, key, semantics) -%}
    {%- if measure.aggregation not in ('sum', 'count', 'sum_boolean', 'count_distinct') -%}
        {{ _refuse(root, "a cumulative '" ~ measure.aggregation ~ "' is not supported",
            'use a measure with sum, count, sum_boolean or count_distinct') }}
    {%- endif -%}
    {%- set days = _window_days(root, cumulative.window) -%}
    {%- do measure.update({'window_days': days}) -%}
    {{ return({
        'expression': measure.filled,
        'numerator': none,
        'denominator': none,
        'measures': [measure],
        'formula': measure.formula ~ ', over the trailing ' ~ days ~ ' days',
        'additivity': 'non_additive',
    }) }}
{%- endmacro -%}

{%- macro _resolve_conversion(root, params, filters, key, semantics) -%}
    {%- if filters -%}
        {{ _refuse(root, 'a filter on a conversion metric is not supported',
            'put the condition into the expr of its measures') }}
    {%- endif -%}
    {%- if params.constant_properties -%}
        {{ _refuse(root, 'constant_properties are not supported', 'drop them') }}
    {%- endif -%}
    {%- if not params.window -%}
        {{ _refuse(root, 'a conversion without a window is not supported', 'give it one, such as 7 days') }}
    {%- endif -%}
    {%- set base = _measure(root, params.base_measure, [], key ~ '__base', semantics) -%}
    {%- set converted = _measure(root, params.conversion_measure, [], key ~ '__converted', semantics) -%}
    {%- if converted.filters -%}
        {{ _refuse(root, 'a filter on its conversion measure is not supported',
            'put the condition into the expr of the measure') }}
    {%- endif -%}
    {%- for measure in (base, converted) -%}
        {%- if measure.aggregation != 'count_distinct' -%}
            {{ _refuse(root, "the aggregation '" ~ measure.aggregation ~ "' of its measure '"
                ~ measure.measure ~ "' is not supported in a conversion",
                "count_distinct the entity '" ~ params.entity ~ "'") }}
        {%- endif -%}
        {%- if params.entity not in measure.entities -%}
            {{ _refuse(root, "the entity '" ~ params.entity ~ "' is not one of " ~ measure.fact,
                'add it to the entities of its semantic model') }}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in semantics.metrics[root].config.meta.get('dimensions', [])
        if name.split('__')[0] != params.entity -%}
        {{ _refuse(root, "a conversion cannot be published by '" ~ name ~ "'",
            "publish it by dimensions of its entity '" ~ params.entity ~ "'") }}
    {%- endfor -%}
    {%- set days = _window_days(root, params.window) -%}
    {%- do base.update({'window_days': days, 'conversion': {
        'name': key,
        'entity': params.entity,
        'fact': converted.fact,
        'expression': converted.expression,
        'time_column': converted.time_column,
        'key': converted.entities[params.entity],
    }}) -%}
    {%- do converted.update({'window_days': days, 'fact': base.fact, 'entities': base.entities,
        'conversion': base.conversion}) -%}
    {%- set is_rate = params.calculation | string == 'conversion_rate' -%}
    {{ return({
        'expression': converted.filled ~ (' / nullif(' ~ base.name ~ ', 0)' if is_rate else ''),
        'numerator': converted.filled if is_rate else none,
        'denominator': base.name if is_rate else none,
        'measures': [base, converted],
        'formula': ('share of ' if is_rate else 'number of ') ~ base.formula ~ ' with '
            ~ converted.formula ~ ' within ' ~ days ~ ' days, the first included',
        'additivity': 'non_additive',
    }) }}
{%- endmacro -%}

{%- macro _resolve_derived(root, params, filters, key, semantics) -%}
    {%- set found = namespace(expression=params.expr, formula=params.expr, additive=true) -%}
    {%- set measures = [] -%}
    {%- for input in params.metrics -%}
        {%- set alias = input.alias or input.name -%}
        {%- set resolved = _resolve_input(root, input, filters, key ~ '__' ~ alias, semantics) -%}
        {%- do measures.extend(resolved.measures) -%}
        {%- set word = '\\b' ~ alias ~ '\\b' -%}
        {%- set found.expression = modules.re.sub(word, '(' ~ resolved.expression ~ ')', found.expression) -%}
        {%- set found.formula = found.formula ~ '; ' ~ alias ~ ' = ' ~ resolved.formula -%}
        {%- if resolved.additivity != 'additive' -%}
            {%- set found.additive = false -%}
        {%- endif -%}
    {%- endfor -%}
    {#- sums and differences of additive metrics are additive; anything else is not -#}
    {%- set is_linear = modules.re.match('^[a-z_0-9\\s()+-]*$', params.expr)
        and not modules.re.search('(^|[^a-z_0-9])[0-9]', params.expr) -%}
    {{ return({
        'expression': found.expression,
        'numerator': none,
        'denominator': none,
        'measures': _unique_measures(measures),
        'formula': found.formula,
        'additivity': 'additive' if found.additive and is_linear else 'non_additive',
    }) }}
{%- endmacro -%}

{#- One measure of a metric.

    returns: dict
        name: the column it becomes; measure: its name in the YAML
        fact: the mart it is aggregated from
        aggregation, expression, time_column: how, what and by which date
        filters: conditions on qualified dimension names; filter_dimensions: those names
        entities: {entity: expression} of the fact
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
    {%- set fact = semantic_model.model -%}
    {%- set fact_model = 'int_measure_values__' ~ fact -%}
    {%- if graph.nodes.values() | selectattr('name', 'equalto', fact_model) | list | length == 0 -%}
        {{ _refuse(root, "its fact '" ~ fact ~ "' has no model '" ~ fact_model ~ "'",
            'add models/intermediate/metrics/' ~ fact_model ~ '.sql, a copy of a neighbour with the fact\'s name') }}
    {%- endif -%}
    {%- set filter = _filter_sql(root, filters + _filter_templates(input.filter)) -%}
    {%- set time_column = semantic_model.dimensions[declared.time_dimension].expression -%}
    {{ return({
        'name': key,
        'measure': declared.name,
        'fact': fact,
        'aggregation': declared.aggregation,
        'expression': declared.expression | string,
        'time_column': time_column,
        'filters': filter.conditions,
        'filter_dimensions': filter.dimensions,
        'entities': semantic_model.entities,
        'window_days': 0,
        'conversion': none,
        'filled': key if input.fill_nulls_with is none
            else 'coalesce(' ~ key ~ ', ' ~ input.fill_nulls_with ~ ')',
        'formula': declared.aggregation ~ '(' ~ declared.expression ~ ') of ' ~ fact ~ ' by '
            ~ time_column ~ (' where ' ~ filter.conditions | join(' and ') if filter.conditions else ''),
    }) }}
{%- endmacro -%}

{#- Where each dimension comes from, seen from a measure's fact: the fact or a many-to-one join. -#}
{%- macro _measure_dimensions(root, names, measure, semantics) -%}
    {%- set dimensions = [] -%}
    {%- for name in names -%}
        {%- set parts = name.split('__') -%}
        {%- set owners = [] -%}
        {%- if parts | length == 2 -%}
            {%- for semantic_model in semantics.semantic_models.values()
                if semantic_model.primary_entity == parts[0]
                and parts[1] in semantic_model.dimensions -%}
                {%- do owners.append(semantic_model) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if not owners -%}
            {{ _refuse(root, "the dimension '" ~ name ~ "' is not defined",
                'name it entity__dimension, as a semantic model of models/marts/metrics/definitions has it') }}
        {%- endif -%}
        {%- set owner = owners[0] -%}
        {%- if parts[0] not in measure.entities -%}
            {{ _refuse(root, "the dimension '" ~ name ~ "' cannot be reached from " ~ measure.fact,
                "its entities are " ~ measure.entities | join(', ')
                ~ '; drop the dimension or add the entity to its semantic model') }}
        {%- endif -%}
        {%- do dimensions.append({
            'name': name,
            'model': owner.model,
            'expression': owner.dimensions[parts[1]].expression,
            'key': owner.entities[parts[0]],
            'entity': parts[0],
            'fact_key': measure.entities[parts[0]],
        }) -%}
    {%- endfor -%}
    {{ return(dimensions) }}
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
            {{ _refuse(root, 'the filter "' ~ template ~ '" is not supported',
                "filter on Dimension('entity__name') alone") }}
        {%- endif -%}
        {%- do conditions.append('(' ~ condition ~ ')' if ' or ' in condition | lower else condition) -%}
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

{%- macro _unique_measures(measures) -%}
    {%- set unique = {} -%}
    {%- for measure in measures -%}
        {%- do unique.update({measure.name: measure}) -%}
    {%- endfor -%}
    {{ return(unique.values() | list) }}
{%- endmacro -%}

{#- What the models rest on: raw tables, roots that no source declares, readers of a clock. -#}
{%- macro _lineage(models, semantics) -%}
    {%- set clock = '\\b(current_date|current_timestamp|now\\s*\\(|getdate\\s*\\(|today\\s*\\()' -%}
    {%- set comments = '(--[^\\n]*|\\{#.*?#\\})' -%}
    {%- set seen = [] -%}
    {%- set private_models = [] -%}
    {%- set personal_columns = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name in models -%}
        {%- do seen.append(node.unique_id) -%}
        {%- if node.access | string != 'public' -%}
            {%- do private_models.append(node.name) -%}
        {%- endif -%}
        {%- for column in node.columns.values() if column.name in semantics.personal_columns -%}
            {%- do personal_columns.append(node.name ~ '.' ~ column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set raw_tables = [] -%}
    {%- set undeclared_roots = [] -%}
    {%- set clock_readers = [] -%}
    {#- `seen` grows while it is walked: first by what the models read, then by what that reads -#}
    {%- for unique_id in seen -%}
        {%- if unique_id.startswith('source.') -%}
            {%- do raw_tables.append(unique_id.split('.')[-2:] | join('.')) -%}
        {%- else -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- for parent in node.depends_on.nodes if parent not in seen -%}
                {%- do seen.append(parent) -%}
            {%- endfor -%}
            {%- if node.resource_type == 'model' -%}
                {%- if not node.depends_on.nodes -%}
                    {%- do undeclared_roots.append(node.name) -%}
                {%- endif -%}
                {%- if modules.re.search(clock, modules.re.sub(comments, '', node.raw_code)) -%}
                    {%- do clock_readers.append(node.name) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({
        'raw_tables': raw_tables | sort,
        'undeclared_roots': undeclared_roots | sort,
        'clock_readers': clock_readers | sort,
        'private_models': private_models | sort,
        'personal_columns': personal_columns | sort,
    }) }}
{%- endmacro -%}

{%- macro _refuse(metric_name, reason, remedy) -%}
    {{ exceptions.raise_compiler_error("metric '" ~ metric_name ~ "': " ~ reason ~ '; ' ~ remedy) }}
{%- endmacro -%}
