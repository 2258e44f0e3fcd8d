{#- Names that differ by a number. -#}
{%- macro _numbered(prefix, numbers) -%}
    {%- set names = [] -%}
    {%- for number in numbers -%}{%- do names.append(prefix ~ number) -%}{%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}
