{#- The amount at one of the two places around a cap's quantile, 0 where it falls among the zeros.

    place: `lower` or `upper`
    period: `before` or `after` the exposure
    returns: an aggregate expression of type double with its alias, on ranked_totals and places -#}
{%- macro cap_place(place, period) -%}
coalesce(max(
            case
                when
                    ranked_totals.period = '{{ period }}'
                    and ranked_totals.place = places.lower_place{{ ' - 1' if place == 'upper' }}
                    then cast(ranked_totals.amount as double)
            end
        ), 0.0e0) as {{ place }}_{{ period }}
{%- endmacro -%}
