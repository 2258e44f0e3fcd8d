{#- The dashboards that the project declares, its exposures of that type, as a plain list.

    A unit test can put a list of its own in its place (`overrides: macros: dashboard_definitions:
    [...]`).

    returns: a list of dicts, ordered by name: name, label, owner (address), metrics (names of the
        metrics that it depends on) -#}
{%- macro dashboard_definitions() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set definitions = [] -%}
    {%- for exposure in graph.exposures.values() | sort(attribute='name')
        if exposure.type | string == 'dashboard' -%}
        {%- set metrics = [] -%}
        {%- for parent in exposure.depends_on.nodes if parent.startswith('metric.') -%}
            {%- do metrics.append(parent.split('.')[-1]) -%}
        {%- endfor -%}
        {%- do definitions.append({
            'name': exposure.name,
            'label': exposure.label,
            'owner': exposure.owner.email,
            'metrics': metrics | sort,
        }) -%}
    {%- endfor -%}
    {{ return(definitions) }}
{%- endmacro -%}
