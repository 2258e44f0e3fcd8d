{#- The dimensions that are known when a unit is exposed, and so may split an experiment.

    A dimension of an entity's own semantic model is one where its `config.meta.segment` is true.

    returns: a list of dicts, ordered by name: name (`user__country`), entity, model, expression,
        unit (the column of the model with the entity's id as given) -#}
{%- macro segment_definitions() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set segments = [] -%}
    {%- for semantic_model in _semantics().semantic_models.values() -%}
        {%- for name, dimension in semantic_model.dimensions.items() if dimension.is_segment -%}
            {%- do segments.append({
                'name': semantic_model.primary_entity ~ '__' ~ name,
                'entity': semantic_model.primary_entity,
                'model': semantic_model.model,
                'expression': dimension.expression,
                'unit': _unit_columns(semantic_model)[semantic_model.primary_entity],
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(segments | sort(attribute='name')) }}
{%- endmacro -%}
