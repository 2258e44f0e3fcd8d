{#- A moment some seconds later; earlier with a negative number.

    moment: an expression of type timestamp
    seconds: an integer or an integer expression
    returns: an expression of type timestamp
    example: seconds_later("timestamp '2026-01-01 00:00:00'", 60) -> 2026-01-01 00:01:00 -#}
{%- macro seconds_later(moment, seconds) -%}
    {{ return(adapter.dispatch('seconds_later', 'groundwork')(moment, seconds)) }}
{%- endmacro -%}

{%- macro duckdb__seconds_later(moment, seconds) -%}
{{ moment }} + to_seconds({{ seconds }})
{%- endmacro -%}

{%- macro spark__seconds_later(moment, seconds) -%}
timestampadd(second, {{ seconds }}, {{ moment }})
{%- endmacro -%}
