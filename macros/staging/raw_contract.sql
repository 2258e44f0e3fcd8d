{#- A table of the raw contract, as its sources file declares it and `vars: absent` cuts it down.

    source_name: a source of the raw contract
    table_name: one of its tables
    returns: a dict with path (source and table), kind (`event` or `entity`), key (list of columns),
        absent (bool), loaded_at_fallback (columns) and columns, each with name, data_type, not_null,
        personal and absent -#}
{%- macro raw_contract(source_name, table_name) -%}
    {%- set absent = var('absent') -%}
    {%- set path = source_name ~ '.' ~ table_name -%}
    {%- set declared = graph.sources['source.groundwork.' ~ path] -%}
    {%- set table_is_absent = source_name in absent or path in absent -%}
    {%- set columns = [] -%}
    {%- for column in declared.columns.values() -%}
        {%- do columns.append({
            'name': column.name,
            'data_type': column.data_type,
            'not_null': column.meta.get('not_null', false),
            'personal': column.meta.get('personal', false),
            'absent': table_is_absent or path ~ '.' ~ column.name in absent,
        }) -%}
    {%- endfor -%}
    {{ return({
        'path': path,
        'kind': declared.meta.kind,
        'key': declared.meta.key,
        'loaded_at_fallback': declared.meta.get('loaded_at_fallback', []),
        'absent': table_is_absent,
        'columns': columns,
    }) }}
{%- endmacro -%}
