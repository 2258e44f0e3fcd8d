{#- The exact sums of several metrics from a table with one row per unit, in one pass.

    name: name of the CTE that comes out
    units: name of a CTE or relation, one row per unit
    keys: names of its columns to group by; `arm_estimates` wants arm and stratum among them
    metrics: list of dicts: name, value (an expression of y) and, where the metric has them,
        denominator (of d), covariate (of x), covariate_denominator (of w), scale and
        denominator_scale (what values are rounded to, 1 where missing)
    returns: CTEs, the last one called `name`, one row per keys and metric: the keys, metric_name,
        units, has_covariate, value_scale, denominator_scale and the sums, as `arm_estimates`
        wants them; a missing value counts as 0
    example: unit_moments('moments', 'players', ['arm', 'stratum'],
        [{'name': 'rounds', 'value': 'round_count', 'covariate': 'rounds_before'}]) -#}
{%- macro unit_moments(name, units, keys, metrics) -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__units as (

    select
        {{ keyed }},
        {%- for metric in metrics %}
        {%- set scale = metric.get('scale', '1.0e0') %}
        {%- set denominator_scale = metric.get('denominator_scale', '1.0e0') %}
        {%- for letter, column, unit in (
            ('y', 'value', scale),
            ('d', 'denominator', denominator_scale),
            ('x', 'covariate', scale),
            ('w', 'covariate_denominator', denominator_scale),
        ) if column in metric %}
        coalesce({{ _scaled(metric[column], unit) }}, 0) as {{ metric.name }}_{{ letter }},
        {%- endfor %}
        {%- endfor %}
        1 as unit_count
    from {{ units }}

),

{{ name }}__sums as (

    select
        {{ keyed }},
        {%- for metric in metrics %}
        {%- for sum in moment_sums() if _has_letters(metric, sum) == 'yes' %}
        {{ _sum_of_product(metric.name, sum) }} as {{ metric.name }}_{{ sum }}_sum,
        {%- endfor %}
        {%- endfor %}
        count(*) as units
    from {{ name }}__units
    group by
        {{ keyed }}

),

{{ name }} as (

    {% for metric in metrics -%}
    select
        {{ keyed }},
        '{{ metric.name }}' as metric_name,
        units,
        {{ 'true' if 'covariate' in metric else 'false' }} as has_covariate,
        cast({{ metric.get('scale', '1.0e0') }} as double) as value_scale,
        cast({{ metric.get('denominator_scale', '1.0e0') }} as double) as denominator_scale,
        {%- for sum in moment_sums() %}
        {{ exact_integer(_sum_or_constant(metric, sum)) }} as sum_{{ sum }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__sums
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}

)
{%- endmacro -%}

{%- macro _scaled(expression, scale) -%}
{%- if scale == '1.0e0' -%}
{{ whole_number(expression) }}
{%- else -%}
{{ whole_number('round(cast(' ~ expression ~ ' as double) / ' ~ scale ~ ')') }}
{%- endif -%}
{%- endmacro -%}

{#- Whether a metric has all the parts of a sum: yes or no. -#}
{%- macro _has_letters(metric, sum) -%}
{%- set parts = {'y': 'value', 'd': 'denominator', 'x': 'covariate', 'w': 'covariate_denominator'} -%}
{%- for letter in sum if parts[letter] not in metric -%}
    {{ return('no') }}
{%- endfor -%}
    {{ return('yes') }}
{%- endmacro -%}

{%- macro _sum_of_product(name, sum) -%}
{%- if sum | length == 1 -%}
{{ exact_sum(name ~ '_' ~ sum) }}
{%- else -%}
{{ exact_sum_of_products(name ~ '_' ~ sum[0], name ~ '_' ~ sum[1]) }}
{%- endif -%}
{%- endmacro -%}

{#- A sum by its column; where d or w is 1 for each unit, what it then is; 0 without a covariate. -#}
{%- macro _sum_or_constant(metric, sum) -%}
{%- if _has_letters(metric, sum) == 'yes' -%}
    {{ return(metric.name ~ '_' ~ sum ~ '_sum') }}
{%- endif -%}
{%- set letters = [] -%}
{%- for letter in sum
    if not (letter == 'd' and 'denominator' not in metric)
    and not (letter == 'w' and 'covariate_denominator' not in metric) -%}
    {%- do letters.append(letter) -%}
{%- endfor -%}
{%- if not letters -%}
    {{ return('units') }}
{%- endif -%}
{%- if _has_letters(metric, letters | join) == 'yes' -%}
    {{ return(metric.name ~ '_' ~ letters | join ~ '_sum') }}
{%- endif -%}
    {{ return('0') }}
{%- endmacro -%}
