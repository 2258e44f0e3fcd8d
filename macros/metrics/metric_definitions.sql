{#- The metrics of the project's semantic YAML as a plain list: the only place that reads `graph`.

    Everything that the other metric macros need is in the list, so that a unit test can put a list
    of its own in its place (`overrides: macros: metric_definitions: [...]`). Stops with one line on
    a definition that is not supported. Who asks shares the list: copy what you change.

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
        days_before, days_after: days that it reads before (cumulative) and after (conversion) a period
        expression, numerator, denominator: SQL on the names of its measures (the last two can be
            none)
        dimensions: the names it is published by (`user__country`)
        measures: what it is computed from, see `_measure` -#}
{%- macro metric_definitions() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {#- every model of metrics asks: worked out once, and kept as long as dbt keeps the graph -#}
    {%- if 'groundwork_metric_definitions' not in graph -%}
        {%- do graph.update({'groundwork_metric_definitions': _read_metric_definitions()}) -%}
    {%- endif -%}
    {{ return(graph.groundwork_metric_definitions) }}
{%- endmacro -%}

{%- macro _read_metric_definitions() -%}
    {%- set semantics = _semantics() -%}
    {%- set definitions = [] -%}
    {%- for metric in graph.metrics.values() | sort(attribute='name') -%}
        {%- set meta = metric.config.meta or metric.meta -%}
        {%- set dimensions = meta.get('dimensions', []) -%}
        {%- set resolved = _resolve_metric(metric.name, [], metric.name, semantics) -%}
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
            'days_before': _days_beyond(resolved.measures | rejectattr('conversion') | list),
            'days_after': _days_beyond(resolved.measures | selectattr('conversion') | list),
            'expression': resolved.expression,
            'numerator': resolved.numerator,
            'denominator': resolved.denominator,
            'dimensions': dimensions,
            'measures': resolved.measures,
        }) -%}
    {%- endfor -%}
    {{ return(definitions) }}
{%- endmacro -%}

{#- What the YAML declares, by name: metrics, and measures with their semantic model; and what the
    project has: models, personal columns of the raw contract. -#}
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
                'is_segment': dimension.config.meta.get('segment', false) if dimension.config
                    else false,
            }}) -%}
        {%- endfor -%}
        {%- set described = {
            'name': semantic_model.name,
            'model': semantic_model.depends_on.nodes[0].split('.')[-1],
            'primary_entity': primary.name,
            'entities': entities,
            'dimensions': dimensions,
            'columns': graph.nodes[semantic_model.depends_on.nodes[0]].columns | list,
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
                'counted_entity': measure.config.meta.get('entity') if measure.config else none,
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
        'models': graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            | map(attribute='name') | list,
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

{#- A mart as a relation, for queries of finished tables: nothing is made to depend on it. -#}
{%- macro _mart_relation(name) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name -%}
        {{ return(node.relation_name) }}
    {%- endfor -%}
{%- endmacro -%}
