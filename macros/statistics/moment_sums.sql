{#- The sums that moments consist of, in the order of their columns.

    Of each unit's value y over d, and of its covariate x over w; a sum per unit has no d and w.

    returns: a list of suffixes: column sum_yd is the sum of y times d
    example: moment_sums() -> ['y', 'd', 'x', 'w', 'yy', ...] -#}
{%- macro moment_sums() -%}
    {{ return(['y', 'd', 'x', 'w', 'yy', 'yd', 'dd', 'yx', 'yw', 'dx', 'dw', 'xx', 'xw', 'ww']) }}
{%- endmacro -%}
