{#- The part of a month's amount that falls on some of its days, to the cent, half a cent upwards.

    amount: an expression of type decimal(18, 2), from 0 to 10 to the 13th; more is an error, null
        has a null part
    days: an expression of type bigint, the days that count
    month_days: an expression of type bigint, the days of the month
    returns: an expression of type decimal(18, 2)
    example: prorated('1000.00', '10', '30') -> 333.33 -#}
{%- macro prorated(amount, days, month_days) -%}
{%- set cents = exact_integer(amount ~ ' * 200') ~ ' * ' ~ days ~ ' + ' ~ month_days -%}
cast(
            cast(
                {{ whole_quotient(cents, '2 * ' ~ month_days) }}
                as decimal(18, 0)
            ) * 0.01 as decimal(18, 2)
        )
{%- endmacro -%}
