{#- The metric definitions as rows.

    returns: a select statement in the shape of the model `int_metric_definitions` -#}
{%- macro metric_definition_rows() -%}
{%- for metric in metric_definitions() -%}
{%- set meta = metric.meta -%}
select
    {{ _text(metric.name) }} as metric_name,
    {{ _text(metric.label) }} as label,
    {{ _text(metric.description) }} as description,
    {{ _text(metric.type) }} as metric_type,
    {{ _text(metric.formula) }} as formula,
    {{ _text(metric.additivity) }} as additivity,
    {{ _text(meta.owner) }} as owner,
    {{ _number(meta.tier, 'bigint') }} as tier,
    {{ _text(meta.status) }} as status,
    {{ _text(meta.replaced_by) }} as replaced_by,
    cast({{ _text(meta.removed_on) }} as date) as removed_on,
    {{ _number(meta.version, 'bigint') }} as version,
    {{ _text((meta.changelog or []) | join('; ')) }} as changelog,
    {{ _text(meta.grain) }} as grain,
    {{ _text(meta.unit) }} as unit,
    {{ _text(meta.direction) }} as direction,
    {{ _number(meta.target, 'double') }} as target,
    {{ _number(meta.alert_low, 'double') }} as alert_low,
    {{ _number(meta.alert_high, 'double') }} as alert_high,
    {{ _text(meta.decision) }} as decision,
    {{ _text(meta.action) }} as action,
    {{ _text(metric.dimensions | join(', ')) }} as dimensions,
    {{ _text(metric.models | join(', ')) }} as models,
    {{ _text(metric.raw_tables | join(', ')) }} as raw_tables,
    {{ _number(meta.get('freshness_sla_days', 1), 'bigint') }} as freshness_sla_days,
    {{ _text(metric.path) }} as path,
    {{ _text(metric.undeclared_roots | join(', ')) }} as undeclared_roots,
    {{ _text(metric.clock_readers | join(', ')) }} as clock_readers,
    {{ _text(metric.private_models | join(', ')) }} as private_models,
    {{ _text(metric.personal_columns | join(', ')) }} as personal_columns
{%- if not loop.last %}
union all
{% endif -%}
{%- else -%}
select 1 as parsed
{%- endfor -%}
{%- endmacro -%}

{#- Text as a literal of one line or more; null where there is none. -#}
{%- macro _text(value) -%}
    {%- if value -%}
        {%- set text = value | string | replace('\n', ' ') | trim -%}
        {%- for line in modules.re.findall('.{1,60}(?: |$)|.{1,60}', text) -%}
            {{ '\n    || ' if not loop.first }}
            {%- if "'" in line or '\\' in line -%}
                {{- dbt.string_literal(dbt.escape_single_quotes(line)) }}
            {%- else -%}
                '{{ line }}'
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro -%}

{%- macro _number(value, data_type) -%}
    cast({{ value if value is number else 'null' }} as {{ data_type }})
{%- endmacro -%}
