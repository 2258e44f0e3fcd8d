{#- The sums of moments as columns of a select list.

    form: an expression with %s for a sum's column, for instance `sum(%s)`
    sums: which of `moment_sums()`; all by default
    returns: columns, the last without a comma, each under the sum's name
    example: moment_columns('sum(%s)') -> sum(sum_y) as sum_y, sum(sum_d) as sum_d, ... -#}
{%- macro moment_columns(form, sums=none) -%}
{%- for sum in sums or moment_sums() -%}
{{ form | replace('%s', 'sum_' ~ sum) }} as sum_{{ sum }}{{ ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro -%}
