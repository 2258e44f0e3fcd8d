{#- The metrics that experiments can measure as rows.

    returns: a select statement in the shape of the model `int_experiment_metrics` -#}
{%- macro experiment_metric_rows() -%}
{%- for metric in experiment_metrics() -%}
select
    '{{ metric.name }}' as metric_name,
    {{ _text(metric.direction) }} as direction,
    {{ _text(metric.refusal) }} as refusal,
    {{ _text(metric.units | join(', ')) }} as units,
    {{ 'true' if metric.denominator else 'false' }} as has_denominator,
    {{ 'false' if metric.numerator.is_keyed else 'true' }} as is_additive,
    {{ _number(metric.window_days, 'bigint') }} as window_days,
    {{ _number(metric.covariate_days, 'bigint') }} as covariate_days,
    {{ _number(metric.cap, 'double') }} as cap,
    {{ _number(metric.cap_quantile, 'double') }} as cap_quantile,
    cast({{ metric.value_scale }} as double) as value_scale,
    cast({{ metric.denominator_scale }} as double) as denominator_scale
{%- if not loop.last %}
union all
{% endif -%}
{%- else -%}
select 1 as parsed
{%- endfor -%}
{%- endmacro -%}
