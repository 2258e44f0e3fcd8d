{#- Every table of the project as a row: raw tables, the history, and models; read off the manifest.

    returns: a select statement in the shape of the model `int_tables_cataloged` -#}
{%- macro cataloged_tables() -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set lineage = _catalog_lineage() -%}
{%- for table in _catalog_entries() -%}
select
    {{ _text(table.layer) }} as layer,
    {{ _text(table.schema) }} as schema_name,
    {{ _text(table.alias) }} as table_name,
    {{ _text(table.name) }} as data_name,
    {{ _text(table.description) }} as description,
    {{ _text(table.owner) }} as owner,
    {{ _number(table.tier, 'bigint') }} as tier,
    {{ _text(table.kind) }} as kind,
    {{ _text(table.key | join(', ')) }} as key_columns,
    {{ table.is_absent | lower }} as is_absent,
    {{ table.is_published | lower }} as is_published,
    {{ _text(lineage.upstream.get(table.id, []) | sort | join(', ')) }} as upstream,
    {{ _text(lineage.raw_tables.get(table.id, []) | sort | join(', ')) }} as raw_tables,
    {{ _text(lineage.metrics.get(table.id, []) | sort | join(', ')) }} as downstream_metrics,
    {{ _text(lineage.exposures.get(table.id, []) | sort | join(', ')) }} as downstream_exposures,
    {{ _text(table.columns | join('~;~')) }} as columns_text
{%- if not loop.last %}
union all
{% endif -%}
{%- endfor -%}
{%- endmacro -%}

{#- What the manifest says about each table itself. A seed stands for its raw table, which is listed. -#}
{%- macro _catalog_entries() -%}
    {%- set entries = [] -%}
    {%- set absent = var('absent') -%}
    {%- set owners = {} -%}
    {%- for group in graph.groups.values() -%}
        {%- do owners.update({group.name: group.owner.email}) -%}
    {%- endfor -%}
    {%- for declared in graph.sources.values() -%}
        {%- set path = declared.source_name ~ '.' ~ declared.name -%}
        {%- do entries.append({
            'id': declared.unique_id,
            'layer': 'history' if declared.source_name == 'history' else 'raw',
            'schema': declared.schema,
            'alias': declared.identifier,
            'name': path,
            'description': declared.description,
            'owner': declared.source_meta.get('owner', owners.get('data_platform')),
            'tier': declared.meta.get('tier'),
            'kind': declared.meta.get('kind'),
            'key': declared.meta.get('key', []),
            'is_absent': declared.source_name in absent or path in absent,
            'is_published': false,
            'columns': _catalog_columns(declared.columns, true),
        }) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- set layer = node.fqn[1] -%}
        {%- do entries.append({
            'id': node.unique_id,
            'layer': layer,
            'schema': node.schema,
            'alias': node.alias,
            'name': node.name,
            'description': node.description,
            'owner': owners.get(node.config.group),
            'tier': node.config.meta.get('tier'),
            'kind': 'view' if node.config.materialized == 'view' else 'table',
            'key': [],
            'is_absent': false,
            'is_published': node.access | string == 'public',
            'columns': _catalog_columns(node.columns, node.access | string == 'public'),
        }) -%}
    {%- endfor -%}
    {{ return(entries | sort(attribute='id')) }}
{%- endmacro -%}

{#- Columns as texts: name, type, whether personal, and description for those that people outside the
    project meet; of the others the docs have it. -#}
{%- macro _catalog_columns(columns, is_described) -%}
    {%- set texts = [] -%}
    {%- for column in columns.values() -%}
        {%- do texts.append([
            column.name,
            column.data_type or '',
            'personal' if column.meta.get('personal') else '',
            column.description.split() | join(' ') if is_described else '',
        ] | join('~:~')) -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro -%}

{#- What is above and below each table, by its id: what it reads, the raw tables that it rests on, and
    the metrics and exposures that rest on it. -#}
{%- macro _catalog_lineage() -%}
    {%- set children = {} -%}
    {%- set names = {} -%}
    {%- set upstream = {} -%}
    {%- set raw_tables = {} -%}
    {%- set metrics = {} -%}
    {%- set exposures = {} -%}
    {%- set below = [] -%}
    {%- do below.extend(graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')) -%}
    {%- do below.extend(graph.semantic_models.values()) -%}
    {%- do below.extend(graph.metrics.values()) -%}
    {%- do below.extend(graph.exposures.values()) -%}
    {%- for declared in graph.sources.values() -%}
        {%- do names.update({declared.unique_id: declared.source_name ~ '.' ~ declared.name}) -%}
    {%- endfor -%}
    {%- for node in below -%}
        {%- do names.update({node.unique_id: node.name}) -%}
    {%- endfor -%}
    {%- for node in below -%}
        {%- for parent in node.depends_on.nodes if parent in names -%}
            {%- do children.setdefault(parent, []).append(node.unique_id) -%}
            {%- do upstream.setdefault(node.unique_id, []).append(names[parent]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for start, name in names.items() if start.startswith(('source.', 'model.')) -%}
        {%- set seen = {} -%}
        {%- set queue = children.get(start, []) | list -%}
        {#- `queue` grows while it is walked -#}
        {%- for unique_id in queue if unique_id not in seen -%}
            {%- do seen.update({unique_id: true}) -%}
            {%- do queue.extend(children.get(unique_id, [])) -%}
            {%- if unique_id.startswith('metric.') -%}
                {%- do metrics.setdefault(start, []).append(names[unique_id]) -%}
            {%- elif unique_id.startswith('exposure.') -%}
                {%- do exposures.setdefault(start, []).append(names[unique_id]) -%}
            {%- elif start.startswith('source.') -%}
                {%- do raw_tables.setdefault(unique_id, []).append(name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({
        'upstream': upstream, 'raw_tables': raw_tables, 'metrics': metrics, 'exposures': exposures,
    }) }}
{%- endmacro -%}
