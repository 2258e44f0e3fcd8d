{#- A bound of Wilson's 95 % interval of a share.

    successes, trials: expressions of numbers that count; trials may be 0
    side: low or high
    returns: an expression of type double; null without trials
    example: wilson_bound('met', 'due', 'low') with 8 of 10 -> 0.4902; high -> 0.9433
    reference: Wilson (1927), Probable inference, the law of succession, and statistical inference;
        equals statsmodels' proportion_confint(method='wilson'). The literals are z, z^2 and their
        halves and quarters at 0.025. -#}
{%- macro wilson_bound(successes, trials, side) -%}
    {%- if side not in ('low', 'high') -%}
        {{ exceptions.raise_compiler_error(
            "wilson_bound: the side '" ~ side ~ "' is not known; use low or high"
        ) }}
    {%- endif -%}
    {%- set sign, edge = ('-', 'greatest(0.0e0, ') if side == 'low' else ('+', 'least(1.0e0, ') -%}
case
            when {{ trials }} > 0
                then
                    {{ edge }}(
                        {{ successes }} + 1.9207294103470620e0
                        {{ sign }} 1.959963984540054e0 * sqrt(
                            cast({{ successes }} as double)
                            * ({{ trials }} - {{ successes }})
                            / nullif({{ trials }}, 0) + 9.603647051735310e-1
                        )
                    ) / ({{ trials }} + 3.841458820694124e0))
        end
{%- endmacro -%}
