{#- What experiments can measure: each metric as one sum per unit, or as the ratio of two.

    A metric's `config.meta.experiment` may say: window_days (how long after its exposure a unit is
    observed; to the experiment's planned end where it is missing), covariate_days (before the
    exposure, 14 where it is missing), cap_quantile or cap (of a unit's value), scale (what its
    values are rounded to, 1e-6 where it is missing) and per_unit: any (whether it happened at all,
    of a sum_boolean).

    returns: a list of dicts, ordered by name, one per metric:
        name, direction, fact_names
        refusal: why it cannot be measured per unit, or none
        units: the entities that all its facts carry
        numerator, denominator: measures (see `_measure`), the second none where it is a sum
        window_days, covariate_days, cap, cap_quantile: numbers, or none where not given
        value_scale, denominator_scale: text of a double -#}
{%- macro experiment_metrics() -%}
    {%- set metrics = [] -%}
    {%- for metric in metric_definitions() -%}
        {%- set settings = metric.meta.get('experiment', {}) -%}
        {%- set measures = metric.measures -%}
        {%- set refusal = _unit_refusal(metric) -%}
        {%- set numerator = _unit_measure(measures[0], settings) -%}
        {%- set denominator = _unit_measure(measures[1], {}) if measures | length == 2 else none -%}
        {%- set units = [] -%}
        {%- for entity in numerator.units
            if not denominator or entity in denominator.units -%}
            {%- do units.append(entity) -%}
        {%- endfor -%}
        {%- do metrics.append({
            'name': metric.name,
            'direction': metric.meta.direction,
            'refusal': refusal,
            'units': units,
            'fact_names': measures | map(attribute='fact') | unique | list,
            'numerator': numerator,
            'denominator': denominator,
            'window_days': settings.get('window_days'),
            'covariate_days': settings.get('covariate_days'),
            'cap': settings.get('cap'),
            'cap_quantile': settings.get('cap_quantile'),
            'value_scale': numerator.scale,
            'denominator_scale': denominator.scale if denominator else '1.0e0',
        }) -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro -%}

{#- Why a metric is no sum per unit and no ratio of two, or none. -#}
{%- macro _unit_refusal(metric) -%}
    {%- set supported = ['sum', 'count', 'sum_boolean', 'count_distinct'] -%}
    {%- set measures = metric.measures -%}
    {%- if metric.type not in ('simple', 'ratio') -%}
        {{ return(metric.type ~ ' metrics have no value of one unit') }}
    {%- endif -%}
    {%- for measure in measures -%}
        {%- if measure.fact not in _unit_facts() -%}
            {{ return("the rows of '" ~ measure.fact ~ "' are not added up per unit") }}
        {%- elif measure.conversion or measure.window_days -%}
            {{ return("its input '" ~ measure.name ~ "' is cumulative or a conversion") }}
        {%- elif measure.aggregation not in supported -%}
            {{ return('a ' ~ measure.aggregation ~ ' does not add up over days') }}
        {%- endif -%}
    {%- endfor -%}
    {%- if metric.type == 'ratio' and (
        measures | length != 2
        or metric.numerator not in (measures[0].name, measures[0].filled)
        or metric.denominator not in (measures[1].name, measures[1].filled)
    ) -%}
        {{ return('its numerator and denominator are not one measure each') }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro -%}

{#- The facts whose rows are added up per unit: each has a model `int_unit_increments__<fact>`. -#}
{%- macro _unit_facts() -%}
    {{ return([
        'dim_users',
        'fct_events',
        'fct_order_lines',
        'fct_orders',
        'fct_sessions',
        'fct_survey_responses',
    ]) }}
{%- endmacro -%}

{#- A measure as it is added up per unit: whether by keys, and what it is rounded to. -#}
{%- macro _unit_measure(measure, settings) -%}
    {%- set is_any = settings.get('per_unit') == 'any' and measure.aggregation == 'sum_boolean' -%}
    {%- set scale = '1.0e0' -%}
    {%- if measure.aggregation == 'sum' -%}
        {%- set scale = '%e' | format(settings.get('scale', 0.000001) | float) -%}
    {%- endif -%}
    {{ return(dict(
        measure,
        is_keyed=measure.aggregation == 'count_distinct' or is_any,
        scale=scale,
    )) }}
{%- endmacro -%}

