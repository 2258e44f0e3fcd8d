{#- The dashboards that the project declares as rows, one per dashboard and metric that it shows.

    returns: a select statement: dashboard_name, label, owner, metric_name (null on the one row of a
        dashboard that names no metric) -#}
{%- macro dashboard_definition_rows() -%}
{%- for dashboard in dashboard_definitions() -%}
{%- set is_last_dashboard = loop.last -%}
{%- for metric_name in dashboard.metrics or [none] -%}
select
    {{ _text(dashboard.name) }} as dashboard_name,
    {{ _text(dashboard.label) }} as label,
    {{ _text(dashboard.owner) }} as owner,
    {{ _text(metric_name) }} as metric_name
{%- if not (loop.last and is_last_dashboard) %}
union all
{% endif -%}
{%- endfor -%}
{%- else -%}
select
    cast(null as string) as dashboard_name,
    cast(null as string) as label,
    cast(null as string) as owner,
    cast(null as string) as metric_name
where 1 = 0
{%- endfor -%}
{%- endmacro -%}
