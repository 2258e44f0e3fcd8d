{#- A bound of the 95 % interval of a Poisson variable's mean, from the count that was seen.

    Exact for the bounds next to 0 (high of 0, low of 0 and 1), which have a closed form; else by
    Byar's form of Wilson and Hilferty's quantile of chi-square: 8 % off for the low bound of 2,
    below 3 % for that of 3, below 1 % from 5 on, and below 0.2 % for every high bound.

    events: an expression of a count, 0 or more
    side: low or high
    returns: an expression of type double
    example: poisson_bound('leavers', 'low') with 0 -> 0; 4 -> 1.075 (exact: 1.090);
        high with 0 -> 3.689; 4 -> 10.241 (exact: 10.242)
    reference: Garwood (1936), Fiducial limits for the Poisson distribution; Breslow and Day (1987),
        Statistical Methods in Cancer Research II, 2.3. The literals are z, and
        -ln(0.025) and -ln(0.975). -#}
{%- macro poisson_bound(events, side) -%}
    {%- if side not in ('low', 'high') -%}
        {{ exceptions.raise_compiler_error(
            "poisson_bound: the side '" ~ side ~ "' is not known; use low or high"
        ) }}
    {%- endif -%}
    {%- if side == 'low' -%}
case
            when {{ events }} = 0 then 0.0e0
            when {{ events }} = 1 then 2.531780798428989e-2
            else
                {{ events }} * power(
                    1.0e0 - 1.0e0 / (9.0e0 * nullif({{ events }}, 0))
                    - 1.959963984540054e0 / (3.0e0 * sqrt(nullif({{ events }}, 0))),
                    3
                )
        end
    {%- else -%}
case
            when {{ events }} = 0 then 3.688879454113936e0
            else
                ({{ events }} + 1.0e0) * power(
                    1.0e0 - 1.0e0 / (9.0e0 * ({{ events }} + 1.0e0))
                    + 1.959963984540054e0 / (3.0e0 * sqrt({{ events }} + 1.0e0)),
                    3
                )
        end
    {%- endif -%}
{%- endmacro -%}
