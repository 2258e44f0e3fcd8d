{#- Helpers of metric_definitions: a metric of each type as SQL on measures. -#}

{#- Resolves a metric into SQL on measures; calls itself for the inputs of ratios and derivations.

    name: the metric to resolve, and to name in messages
    filters: filter templates that come with it
    key: what its measure is called
    returns: dict(expression, numerator, denominator, measures, formula, additivity) -#}
{%- macro _resolve_metric(name, filters, key, semantics) -%}
    {%- set root = name -%}
    {%- set metric = semantics.metrics[name] -%}
    {%- set params = metric.type_params -%}
    {%- set own_filters = _filter_templates(metric.filter) -%}
    {%- do _filter_sql(name, own_filters) -%}
    {%- set filters = filters + own_filters -%}
    {%- set type = metric.type | string -%}
    {%- if type == 'simple' -%}
        {{ return(_resolve_simple(root, params.measure, filters, key, semantics)) }}
    {%- elif type == 'cumulative' -%}
        {{ return(_resolve_cumulative(root, params, filters, key, semantics)) }}
    {%- elif type == 'conversion' -%}
        {{ return(_resolve_conversion(root, params.conversion_type_params, filters, key, semantics)) }}
    {%- elif type == 'ratio' -%}
        {%- set names = [params.numerator.alias or params.numerator.name,
            params.denominator.alias or params.denominator.name] -%}
        {%- if names[0] == names[1] -%}
            {{ _refuse(root, "its numerator and denominator are both '" ~ names[0] ~ "'",
                'give one of them an alias') }}
        {%- endif -%}
        {%- set numerator = _resolve_input(root, params.numerator, filters, key ~ '__numerator', semantics) -%}
        {%- set denominator = _resolve_input(root, params.denominator, filters, key ~ '__denominator', semantics) -%}
        {{ return({
            'expression': _term(numerator.expression) ~ ' / nullif(' ~ denominator.expression ~ ', 0)',
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
    {%- set own_filters = _filter_templates(input.filter) -%}
    {%- do _filter_sql(root, own_filters) -%}
    {%- set filters = filters + own_filters -%}
    {{ return(_resolve_metric(input.name, filters, key if filters else input.name, semantics)) }}
{%- endmacro -%}

{%- macro _resolve_simple(root, input, filters, key, semantics) -%}
    {%- set measure = _measure(root, input, filters, key, semantics) -%}
    {%- if measure.aggregation == 'average' -%}
        {#- summed as decimals: the order in which doubles are added shows in their last digits -#}
        {%- set total = dict(measure, name=key ~ '__sum', aggregation='sum',
            expression='cast(' ~ measure.expression ~ ' as decimal(38, 12))') -%}
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
    {%- for dimension in _measure_dimensions(root, base.filter_dimensions, base, semantics)
        if dimension.model != base.fact and dimension.entity != params.entity -%}
        {{ _refuse(root, "the filter of its base measure on '" ~ dimension.name ~ "' is not supported",
            "filter on dimensions of " ~ base.fact ~ " or of its entity '" ~ params.entity ~ "'") }}
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
        'counted': converted.counted,
        'fills_nulls': converted.filled != converted.name,
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
    {#- names become marks first, so that no expression is read as the name of another input -#}
    {%- set expressions = {} -%}
    {%- for input in params.metrics -%}
        {%- set alias = input.alias or input.name -%}
        {%- if alias in expressions -%}
            {{ _refuse(root, "two of its inputs are called '" ~ alias ~ "'", 'give one of them an alias') }}
        {%- endif -%}
        {%- set resolved = _resolve_input(root, input, filters, key ~ '__' ~ alias, semantics) -%}
        {%- do measures.extend(resolved.measures) -%}
        {%- set word = '\\b' ~ alias ~ '\\b' -%}
        {%- set found.expression = modules.re.sub(word, '<<' ~ loop.index ~ '>>', found.expression) -%}
        {%- do expressions.update({alias: _term(resolved.expression)}) -%}
        {%- set found.formula = found.formula ~ '; ' ~ alias ~ ' = ' ~ resolved.formula -%}
        {%- if resolved.additivity != 'additive' -%}
            {%- set found.additive = false -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for expression in expressions.values() -%}
        {%- set found.expression = found.expression | replace('<<' ~ loop.index ~ '>>', expression) -%}
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

{#- An expression as a term of another: in brackets, unless it is one column or one call. -#}
{%- macro _term(expression) -%}
    {%- set is_one_term = modules.re.match('^\\w+(\\([^()]*\\))?$', expression) -%}
    {{ return(expression if is_one_term else '(' ~ expression ~ ')') }}
{%- endmacro -%}

{#- How many days beyond a period the longest window of measures reaches. -#}
{%- macro _days_beyond(measures) -%}
    {{ return(([1] + measures | map(attribute='window_days') | list) | max - 1) }}
{%- endmacro -%}

{%- macro _unique_measures(measures) -%}
    {%- set unique = {} -%}
    {%- for measure in measures -%}
        {%- do unique.update({measure.name: measure}) -%}
    {%- endfor -%}
    {{ return(unique.values() | list) }}
{%- endmacro -%}
