{#- Schemas are named after the layer alone (staging, core, metrics), in every target.

    custom_schema_name: the folder's `+schema`, none for the target's own
    node: the node being built
    returns: the schema's name -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro -%}
