{#- Relations by the name of their model.

    relations: relations, as ref() gives them; in a unit test ref() gives the fixture instead
    returns: {model name: relation}
    example: relations_by_model([ref('dim_users')]) -> {'dim_users': core.dim_users} -#}
{%- macro relations_by_model(relations) -%}
    {%- set by_model = {} -%}
    {%- for relation in relations -%}
        {%- do by_model.update({relation.identifier | replace('__dbt__cte__', ''): relation}) -%}
    {%- endfor -%}
    {{ return(by_model) }}
{%- endmacro -%}
