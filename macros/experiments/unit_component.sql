{#- What a unit adds on a day to one of its sums, from rows of `unit_increments`.

    period: `before` or `after` the exposure
    component: `numerator` or `denominator`
    returns: an aggregate expression of an exact integer -#}
{%- macro unit_component(period, component) -%}
{{ exact_sum(
    "\n            case\n                when period = '" ~ period ~ "' and component = '" ~ component
    ~ "' then amount\n                else 0\n            end\n        "
) }}
{%- endmacro -%}
