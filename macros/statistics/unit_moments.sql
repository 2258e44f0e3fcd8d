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
{#- what metrics share is computed once: columns by expression and scale, products by columns -#}
{%- set columns = {} -%}
{%- set products = {} -%}
{%- set described = [] -%}
{%- for metric in metrics -%}
    {%- set letters = _moment_letters(metric, columns) -%}
    {%- set sums = {} -%}
    {%- for sum in moment_sums() -%}
        {%- do sums.update({sum: _moment_sum(letters, sum, products)}) -%}
    {%- endfor -%}
    {%- do described.append({'metric': metric, 'sums': sums}) -%}
{%- endfor -%}
{{ name }}__units as (

    select
        {{ keyed }},
        {%- for key, column in columns.items() %}
        coalesce({{ _scaled(key[0], key[1]) }}, 0) as {{ column }},
        {%- endfor %}
        1 as unit_count
    from {{ units }}

),

{{ name }}__sums as (

    select
        {{ keyed }},
        {%- for factors, product in products.items() %}
        {%- if factors | length == 1 %}
        {{ exact_sum(factors[0]) }} as {{ product }},
        {%- else %}
        {{ exact_sum_of_products(factors[0], factors[1]) }} as {{ product }},
        {%- endif %}
        {%- endfor %}
        count(*) as units
    from {{ name }}__units
    group by
        {{ keyed }}

),

{{ name }} as (

    {% for one in described -%}
    {%- set metric = one.metric -%}
    select
        {{ keyed }},
        '{{ metric.name }}' as metric_name,
        units,
        {{ 'true' if 'covariate' in metric else 'false' }} as has_covariate,
        cast({{ metric.get('scale', '1.0e0') }} as double) as value_scale,
        cast({{ metric.get('denominator_scale', '1.0e0') }} as double) as denominator_scale,
        {%- for sum in moment_sums() %}
        {{ exact_integer(one.sums[sum]) }} as sum_{{ sum }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__sums
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}

)
{%- endmacro -%}

{#- The columns that stand for y, d, x and w of a metric; 1 or 0 where it has none. -#}
{%- macro _moment_letters(metric, columns) -%}
    {%- set scale = metric.get('scale', '1.0e0') -%}
    {%- set denominator_scale = metric.get('denominator_scale', '1.0e0') -%}
    {%- set letters = {'y': 0, 'd': 1, 'x': 0, 'w': 1} -%}
    {%- for letter, part, unit in (
        ('y', 'value', scale),
        ('d', 'denominator', denominator_scale),
        ('x', 'covariate', scale),
        ('w', 'covariate_denominator', denominator_scale),
    ) if part in metric -%}
        {%- set column = columns.setdefault((metric[part], unit), 'value_' ~ (columns | length + 1)) -%}
        {%- do letters.update({letter: column}) -%}
    {%- endfor -%}
    {{ return(letters) }}
{%- endmacro -%}

{#- The sum of one column or of the product of two, by the name it gets; a factor of 1 drops out. -#}
{%- macro _moment_sum(letters, sum, products) -%}
    {%- set factors = [] -%}
    {%- for letter in sum if letters[letter] != 1 -%}
        {%- do factors.append(letters[letter]) -%}
    {%- endfor -%}
    {%- if 0 in factors -%}{{ return('0') }}{%- endif -%}
    {%- if not factors -%}{{ return('units') }}{%- endif -%}
    {%- set key = (factors | first, factors | last) if factors | length == 2 else (factors | first,) -%}
    {%- if factors | length == 2 and (key[1], key[0]) in products -%}
        {%- set key = (key[1], key[0]) -%}
    {%- endif -%}
    {{ return(products.setdefault(key, 'sum_' ~ (products | length + 1))) }}
{%- endmacro -%}

{%- macro _scaled(expression, scale) -%}
{%- if scale == '1.0e0' -%}
{{ whole_number(expression) }}
{%- else -%}
{{ whole_number('round(cast(' ~ expression ~ ' as double) / ' ~ scale ~ ')') }}
{%- endif -%}
{%- endmacro -%}
