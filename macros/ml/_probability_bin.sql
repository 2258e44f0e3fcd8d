{#- The bin, 1 to 10, of a probability: (a, b] on [0, 1], the first one closed; null outside. -#}
{%- macro _probability_bin(score) -%}
case
            when {{ score }} >= 0 and {{ score }} <= 1
                then cast(greatest(ceil({{ score }} * 10), 1) as int)
        end
{%- endmacro -%}
